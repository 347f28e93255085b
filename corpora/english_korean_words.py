"""English words and their Korean, the most frequent first; ``pairs`` reads the lists.

Verbs are written as ``english_forms`` and ``korean_forms`` read them.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules import words


def pairs(text: str) -> list[tuple[str, str]]:
    """``cat=고양이|dog=개`` as pairs."""
    found = [entry.partition("=") for entry in words(text)]
    return [(english, korean) for english, _, korean in found]


def _lists(table: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    return {name: pairs(text) for name, text in table.items()}


PERSONS = pairs(
    """farmer=농부|girl=소녀|doctor=의사|student=학생|boy=소년|painter=화가|child=아이|singer=가수
        |soldier=군인|cook=요리사|nurse=간호사|fisherman=어부|poet=시인|carpenter=목수
        |journalist=기자|guest=손님|prince=왕자|tailor=재봉사|baker=제빵사|lawyer=변호사
        |hunter=사냥꾼|sailor=선원|gardener=정원사|writer=작가|neighbour=이웃|merchant=상인"""
)
WOMEN = pairs("Anna=안나|Younghee=영희|Maria=마리아|Jisu=지수|Clara=클라라|Mina=미나|Eunji=은지")
MEN = pairs("Minsu=민수|Thomas=토마스|Peter=피터|Cheolsu=철수|Daniel=다니엘|Junho=준호|Paul=폴")
HONOURED = pairs(
    """my grandmother=할머니|the teacher=선생님|my mother=어머니|my father=아버지
        |my grandfather=할아버지|the professor=교수님|the captain=선장님
        |the principal=교장 선생님"""
)
ANIMALS = pairs(
    """cat=고양이|dog=개|bird=새|rabbit=토끼|horse=말|cow=소|duck=오리|fox=여우|goat=염소
        |squirrel=다람쥐|owl=부엉이|turtle=거북이|puppy=강아지|bear=곰"""
)

# Things by the Korean word that counts them.
COUNTED = {
    "Goods": ("개", pairs(
        """hat=모자|bag=가방|chair=의자|box=상자|key=열쇠|umbrella=우산|clock=시계|basket=바구니
        |ring=반지|mirror=거울|bottle=병|candle=양초|ball=공|doll=인형|hammer=망치|ladder=사다리"""
    )),
    "Fruit": ("개", pairs(
        """apple=사과|egg=달걀|pear=배|orange=오렌지|potato=감자|peach=복숭아|tomato=토마토
        |plum=자두|onion=양파|melon=참외|lemon=레몬|pumpkin=호박"""
    )),
    "Book": ("권", pairs(
        "book=책|novel=소설|dictionary=사전|magazine=잡지|diary=일기장|notebook=공책"
    )),
    "Letter": ("통", pairs("letter=편지")),
    "Animal": ("마리", ANIMALS),
}  # fmt: skip
PLURALS = {"potato": "potatoes", "tomato": "tomatoes"}  # apart from english_forms

THINGS = _lists(
    {
        "Food": """bread=빵|soup=수프|rice=밥|cheese=치즈|cake=케이크|fish=생선|noodles=국수
            |rice cake=떡""",
        "Drink": "tea=차|coffee=커피|milk=우유|water=물|juice=주스|wine=포도주",
        "Mended": """door=문|window=창문|car=자동차|bicycle=자전거|roof=지붕|fence=울타리|table=탁자
            |radio=라디오|boat=배|wall=벽""",
        "Closed": "door=문|window=창문|box=상자|gate=대문|shop=가게|drawer=서랍|bag=가방",
        "Music": "piano=피아노|violin=바이올린|guitar=기타|flute=플루트|cello=첼로|gayageum=가야금",
        "Seen": "sea=바다|moon=달|stars=별|snow=눈|river=강|sunset=노을|clouds=구름|waves=파도",
    }
)

ADJECTIVES = _lists(
    {
        "PersonAdj": """young=젊은|old=늙은|kind=친절한|poor=가난한|diligent=부지런한|famous=유명한
            |brave=용감한|lonely=외로운|tall=키가 큰|shy=수줍은|clever=똑똑한|rich=부유한""",
        "GoodsAdj": """old=낡은|small=작은|new=새|big=큰|red=빨간|blue=파란|expensive=비싼
            |heavy=무거운|white=하얀|beautiful=아름다운""",
        "FruitAdj": "sweet=달콤한|big=큰|fresh=신선한|ripe=익은|small=작은|green=초록색",
        "BookAdj": "interesting=재미있는|thick=두꺼운|old=오래된|new=새|sad=슬픈|short=짧은",
        "LetterAdj": "long=긴|short=짧은|sad=슬픈|old=오래된",
        "AnimalAdj": "black=검은|white=하얀|small=작은|hungry=배고픈|big=큰|sick=아픈|brown=갈색",
        "FoodAdj": "warm=따뜻한|fresh=신선한|delicious=맛있는|cold=차가운|cheap=값싼",
        "MendedAdj": "old=낡은|broken=부서진|small=작은|blue=파란|big=큰",
    }
)

PLACES = pairs(
    """at home=집|at the market=시장|in the garden=정원|at school=학교|in the park=공원
        |in the library=도서관|at the station=역|in the kitchen=부엌|on the beach=바닷가
        |in the forest=숲|at the hospital=병원|in the village=마을|on the island=섬
        |in the restaurant=식당|in the museum=박물관|by the river=강가"""
)
GOALS = pairs(
    """home=집|to the market=시장|to school=학교|to the park=공원|to the library=도서관
        |to the station=역|to the beach=바닷가|to the hospital=병원|to the village=마을
        |to the island=섬|to the restaurant=식당|to the museum=박물관|to church=교회
        |to the river=강"""
)

TIMES = _lists(
    {
        "Past": """yesterday=어제|last night=어젯밤에|this morning=오늘 아침에|last week=지난주에
            |last year=작년에|two days ago=이틀 전에|last Sunday=지난 일요일에|long ago=오래전에""",
        "Present": """every day=매일|every morning=매일 아침|every evening=매일 저녁
            |on Sundays=일요일마다|every summer=여름마다|every week=매주""",
        "Progressive": "now=지금",
        "Was": "then=그때|at that time=그 당시에",
        "Future": """tomorrow=내일|soon=곧|next week=다음 주에|tonight=오늘 밤에|next year=내년에
            |in spring=봄에|this Sunday=이번 일요일에""",
        "Can": "today=오늘|from tomorrow=내일부터",
        "Want": "now=지금|today=오늘",
        "Wanted": "yesterday=어제|then=그때|as a child=어렸을 때",
    }
)
MONTHS = [
    (month, f"{number}월")
    for number, month in enumerate(
        words(
            """January February March April May June July August September October November
                December"""
        ),
        start=1,
    )
]
HOURS = pairs(
    """seven=일곱|nine=아홉|eight=여덟|six=여섯|ten=열|five=다섯|twelve=열두|three=세|two=두
        |eleven=열한|four=네|one=한"""
)
COUNTS = pairs(
    """two=두|three=세|four=네|five=다섯|six=여섯|ten=열|seven=일곱|eight=여덟|nine=아홉
        |twelve=열두|eleven=열한|twenty=스무"""
)
OFTEN = pairs("often=자주|always=항상|sometimes=가끔|usually=보통")
MANNERS = pairs(
    """quietly=조용히|slowly=천천히|carefully=조심스럽게|diligently=열심히|alone=혼자|quickly=빨리
        |happily=즐겁게"""
)

VERBS = _lists(
    {
        "Rest": """sleep/slept=자/잤/자/주무시|work=일하|rest=쉬/쉬었|sing/sang=노래하
            |laugh=웃/웃었|cry=울/울었/우|study=공부하|dance=춤을 추/춤을 추었|wait=기다리/기다렸
            |pray=기도하|run/ran=달리/달렸|exercise=운동하""",
        "Go": """go/went=가/갔|walk=걸어가/걸어갔|come/came=오/왔|return=돌아오/돌아왔
            |run/ran=달려가/달려갔""",
        "Get": """buy/bought=사/샀|find/found=찾/찾았|lose/lost=잃어버리/잃어버렸
            |sell/sold=팔/팔았/파|bring/brought=가져오/가져왔|hide/hid=숨기/숨겼|choose/chose=고르/골랐
            |draw/drew=그리/그렸|throw/threw=던지/던졌""",
        "Eat": """eat/ate=먹/먹었/먹으/드시|cook=요리하|wash=씻/씻었|order=주문하
            |share=나누어 먹/나누어 먹었/나누어 먹으/나누어 드시""",
        "Sip": "drink/drank=마시/마셨/마시/드시|order=주문하|pour=따르/따랐",
        "Read": """read/read=읽/읽었|write/wrote=쓰/썼|buy/bought=사/샀|translate=번역하
            |borrow=빌리/빌렸|finish=끝내/끝냈""",
        "Mend": """repair=고치/고쳤|paint=칠하|clean=닦/닦았|make/made=만들/만들었/만드
            |break/broke=부수/부쉈""",
        "Open": "open=열/열었/여|close=닫/닫았|lock=잠그/잠갔",
        "Meet": """meet/met=만나/만났|help=돕/도왔/도우|call=부르/불렀|visit=찾아가/찾아갔
            |invite=초대하|wait for=기다리/기다렸|teach/taught=가르치/가르쳤|greet=맞이하
            |praise=칭찬하""",
        "Keep": """look after=돌보/돌보았|chase=쫓/쫓았|catch/caught=잡/잡았|draw/drew=그리/그렸
            |call=부르/불렀|raise=키우/키웠""",
        "Give": """give/gave=주/주었|send/sent=보내/보냈|show=보여 주/보여 주었
            |lend/lent=빌려주/빌려주었""",
        "Play": "play=연주하|learn=배우/배웠|practise=연습하|teach/taught=가르치/가르쳤",
        "Watch": "watch=바라보/바라보았|draw/drew=그리/그렸",
        "Make": """make/made=만들/만들었/만드|buy/bought=사/샀|choose/chose=고르/골랐
            |bring/brought=가져오/가져왔|find/found=찾/찾았""",
    }
)
STATES = pairs(
    """happy=행복하|tired=피곤하|busy=바쁘/바빴|sad=슬프/슬펐|hungry=배가 고프/배가 고팠
        |lonely=외롭/외로웠/외로우|healthy=건강하|thirsty=목이 마르/목이 말랐|bored=심심하"""
)
WEATHER = pairs("rain=비가 오/비가 왔|snow=눈이 오/눈이 왔")

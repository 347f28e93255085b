"""The English words, the most frequent first; ``rules.words`` divides the lists."""

from __future__ import annotations

from rules import word_lists

NOUNS = word_lists(
    {
        "CommonPerson": """farmer teacher child doctor baker sailor captain traveller
            neighbour shepherd painter student gardener carpenter musician miller tailor cook
            soldier hunter merchant stranger poet weaver judge clerk nurse potter singer guest
            librarian clockmaker orphan smith dancer ferryman postman innkeeper beekeeper
            apprentice""",
        "MalePerson": "man boy fisherman king uncle grandfather prince monk widower priest",
        "FemalePerson": """woman girl queen aunt grandmother widow princess nun milkmaid
            seamstress""",
        "Woman": "anna clara rosa maria lucy emma ruth ella julia irene sara nora",
        "Man": "peter martin henry thomas oscar paul simon albert jacob victor hugo felix",
        "Animal": """dog cat horse bird goat fox rabbit donkey hen wolf duck owl mouse cow
            pony bear squirrel crow hedgehog swan otter goose seagull kitten ox""",
        "Goods": """basket lamp bucket letter box bottle chair blanket coat rope umbrella hat
            mirror candle hammer kite clock barrel ladder cup stone flower key sack broom ring
            trunk bell painting anchor oar apron plate""",
        "Vessel": "basket bowl bag box plate sack jar handful",
        "Filling": "apples berries pears nuts cherries potatoes olives onions plums figs",
        "Can": "cup bottle jug glass barrel",
        "Drink": "milk water tea wine soup lemonade cider",
        "Dish": "bread soup cake pie cheese apple pear stew egg porridge pudding omelette",
        "Document": """letter book story newspaper poem map note diary recipe message article
            inscription""",
        "Repair": """net boat roof fence clock cart chair bridge wheel gate window shoe sail
            table wall door oven organ stove""",
        "Tool": "hammer|needle|knife|new rope|brush|wooden spoon|pair of pliers|piece of string",
        "Closed": """door window gate box letter chest shop drawer cupboard trunk bottle
            umbrella envelope curtain""",
        "Instrument": "violin flute piano drum guitar trumpet accordion harp organ cello",
        "Seen": """ships|clouds|stars|waves|fishing boats|snow|fire|rain|swallows|trains
            |sunset|lights|falling leaves""",
        "Owned": "village ship house mill island castle valley inn farm harbour lighthouse",
        "Own": """hat coat key umbrella ring watch purse boat horse money violin basket
            bicycle notebook ticket""",
        "Family": "mother brother friend sister father son daughter cousin neighbour teacher",
        "Light": "sun|moon|evening star|morning star|full moon",
        "Wind": "wind|storm|fog|north wind|rain|mist",
        "Weathered": "sea sky river night lake air street water forest",
    }
)


ADJECTIVES = word_lists(
    {
        "PersonAdj": """old young tall quiet kind poor clever tired friendly brave shy lonely
            proud patient strange cheerful wise rich stubborn honest elderly gentle curious
            lazy famous angry""",
        "Quality": "little blind english foreign deaf country",
        "AnimalAdj": """black white small brown old hungry grey wild frightened big lame angry
            young""",
        "GoodsAdj": """old heavy small red broken wooden new empty blue large green iron
            yellow golden little ugly""",
        "DishAdj": "warm fresh last sweet cold burnt whole",
        "TextAdj": "long old short secret strange first last",
        "FeelingAdj": """tired happy hungry ill sad thirsty silent angry afraid late lost busy
            cold alone asleep ready sorry pleased homesick""",
    }
)


PHRASES = word_lists(
    {
        "PastTime": """yesterday|last night|in the morning|one day|that evening
            |in the afternoon|at noon|last winter|on sunday|before dawn|after the storm
            |in the spring|a week later|long ago|at midnight|after dinner|on market day
            |that summer""",
        "FutureTime": "tomorrow|next week|soon|next spring|tonight|on friday|in a few days",
        "Every": """every morning|every evening|every day|every sunday|in summer|every winter
            |once a week|all day long""",
        "Manner": """slowly|quietly|carefully|suddenly|gladly|secretly|finally|quickly
            |patiently|again""",
        "Degree": "very|too|still|never|already|always|rather",
        "Many": "two|three|many|some|a few|several|four|no|ten",
        "Where": """in the garden|by the river|in the kitchen|at the market|under the tree
            |near the bridge|on the beach|at home|in the village|behind the church
            |in the square|at the harbour|in the forest|on the hill|beside the fire
            |in the barn|at the station|near the mill|in front of the house|by the window
            |at the inn|in the old town|on the stairs|at the edge of the forest""",
        "NearPlace": """near the sea|by the lake|in the mountains|on the island|near the mill
            |in the city|beside the church|at the castle|across the river|in the south""",
        "Direction": """home|to the market|into the forest|to the harbour|across the bridge
            |along the river|up the hill|to the village|down to the sea|through the garden
            |to the station|into the house|towards the lighthouse|over the fields
            |to the church|along the shore|into the town|to the well|down the road""",
        "Origin": """from the north|from the city|from another country|from the islands
            |by train|by sea""",
        "LossPlace": """in the forest|at the station|on the train|in the snow|at the inn
            |on the beach""",
        "NatureWhere": """over the sea|behind the hills|above the village|over the fields
            |in the valley|through the trees|above the roofs|over the harbour""",
        "NatureWhen": "all night|all day|for a week|in the mountains|until morning|without end",
        "Weather": "rained|snowed|was cold|was hot|thundered",
        "LightPast": "rose|shone|hung|appeared|stood",
        "WindPast": "blew|came|passed|went on|grew stronger",
        "WasWeather": """was calm|was dark|was quiet|was clear|was cold|was black|became still
            |was full of light""",
    }
)


# "see/saw" gives the past where it is not regular.
VERBS = word_lists(
    {
        "Intransitive": """sleep/slept|laugh|work|sing/sang|rest|wait|smile|cry|dance|pray
            |whistle|listen|dream|weep/wept|stay|stand/stood up|shout|tremble""",
        "Work": "work|teach/taught|paint|study|fish",
        "Sit": "sit/sat|lie/lay down|kneel/knelt|fall/fell asleep|wake/woke up",
        "Motion": """walk|go/went|run/ran|hurry|return|come/came back|wander|ride/rode|travel
            |limp|stroll|march|drive/drove|sail""",
        "Carry": "carry|bring/brought|take/took|drag|push|pull|send/sent|roll",
        "Get": """find/found|buy/bought|hide/hid|want|steal/stole|fetch|drop|count|need
            |throw/threw away""",
        "Mend": "repair|mend|clean|paint|break/broke|build/built|wash|polish",
        "Eat": "eat/ate|cook|taste|share|sell/sold|prepare|serve|warm up",
        "Read": "study|write/wrote|burn|copy|tear/tore up|translate|finish",
        "Open": "open|close|lock|shake/shook|knock at|unlock",
        "Meet": """see/saw|meet/met|help|greet|thank|visit|call|recognise|love|remember|invite
            |marry""",
        "Feed": "feed/fed|call|catch/caught|stroke|look after|wake/woke|sell/sold",
        "Give": "give/gave|show|lend/lent|hand|offer|promise|sell/sold",
        "Play": "play|practise|tune|hear/heard|hold/held|learn",
        "Watch": "watch|look at|admire|draw/drew|count|paint",
        "Said": """say/said|think/thought|know/knew|believe|hope|dream|write/wrote|answer
            |hear/heard""",
        "Attempt": "want|try|begin/began|decide|hope|refuse|learn|promise|forget/forgot|like",
        "Cook": "cook|bake|bring/brought|make/made|prepare",
        "Write": "write/wrote|send/sent|find/found|hide/hid|lose/lost|copy",
        "Made": "make/made|sell/sold|find/found|lose/lost|want|paint|buy/bought",
        "Chase": "chase|follow|bite/bit|watch|catch/caught|fear",
        "Sleep": "sleep/slept|live|lie/lay|hide/hid|play",
        "AnimalAct": """sleep/slept|run/ran away|play|drink/drank|lie/lay down|wait|jump
            |vanish|eat/ate""",
        "Run": "run/ran|flee/fled|trot|wander|jump",
        "Follow": "follow|see/saw|hear/heard|fear|watch",
    }
)

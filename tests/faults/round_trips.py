"""decode(encode(x)) is x, for every tokenizer that promises it, on generated strings."""

from __future__ import annotations

import unicodedata
from random import Random

import seqlm
from tests.faults.findings import Finding
from tests.faults.workplace import Workplace

_POOLS = (
    "abcdefghij ", " \t\r\x0b\u3000\xa0\u2028", "\u2581\ue000\ue001\ue002\u2585 a", "가나다한국어 ",
    "\u1112\u1161\u11ab\u1100\u1162\u11a8", "\u0301\u0308\u0323e\u20ddo", "<>unk/s0xEA[]\\x09",
    "👨\u200d👩\u200d👧\ufe0f🏽🇰🇷", "\x00\x01\x7f\x85\ufeff\ufffd\ufffe", "日本語カタカナ漢字",
)  # fmt: skip


def generated(chance: Random) -> str:
    """A string of one of the pools, of all of them, or of any code points."""
    kind = chance.randrange(4)
    if kind == 0:
        points = (chance.randrange(0x110000) for _ in range(chance.randrange(40)))
        return "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000)
    pools = _POOLS if kind == 1 else (chance.choice(_POOLS), chance.choice(_POOLS))
    return "".join(chance.choice(chance.choice(pools)) for _ in range(chance.randrange(60)))


def round_trips(workplace: Workplace, count: int) -> list[Finding]:
    """``count`` strings through the subword tokenizers: text, pieces and offsets."""
    workplace.make_models()
    findings = []
    for name, folder in (("unigram", "models/lm"), ("bpe", "models/bpe")):
        finding = Finding(f"decode(encode(x)) == x: {name}")
        loaded = seqlm.load(workplace.template / folder, device="cpu")
        tokenizer = getattr(loaded, "tokenizer", loaded)
        chance = Random(f"round trips {name}")
        tokens = 0
        for _ in range(count):
            text = unicodedata.normalize("NFC", generated(chance))
            ids = tokenizer.encode(text)
            ends = tokenizer.end_offsets(text)
            whole = ends[-1:] == [len(text)] if text else not ids
            sound = tokenizer.decode(ids) == text and ends == sorted(ends)
            sound = sound and len(ends) == len(ids) and whole
            finding.check(sound, repr(text))
            tokens += len(ids)
        finding.figure = f"{tokens:,} tokens"
        findings.append(finding)
    return findings

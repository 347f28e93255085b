"""Lines to lines: nothing lost, nothing moved, and scores that can be believed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import seqlm
from seqlm.config import DecodingOptions
from seqlm.errors import InputError, ModelError
from seqlm.recipes.source_segments import batches, segments, windows
from seqlm.recipes.text_scores import as_blocks
from seqlm.recipes.translation_folder import source_batch
from seqlm.recipes.translator import Translation, Translator
from seqlm.tokenizers import END_ID, train_tokenizer
from tests.tiny_translation import SOURCES, TARGETS, tiny_translation

LINES = [*SOURCES[:3], "", "Hund", "   ", "zwei Hunde lesen am Fluss ein Buch über Männer.", "🙂"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A transformer of one vocabulary, and an LSTM of two that reads backwards."""
    made = tmp_path_factory.mktemp("translation")
    return {
        "transformer": tiny_translation(made / "t"),
        "lstm": tiny_translation(made / "l", "lstm", shared=False, reverse_source=True),
    }


@pytest.fixture(scope="module", params=["transformer", "lstm"])
def translator(folders: dict[str, Path], request: pytest.FixtureRequest) -> Translator:
    loaded: Translator = seqlm.load(folders[request.param])
    return loaded


def all_of(translator: Translator, lines: list[str], **options: object) -> list[list[Translation]]:
    done = translator.translations([lines], DecodingOptions(**options))
    return [found for some in done for found in some.translations]


@pytest.mark.parametrize("beam", [1, 3])
def test_a_batch_of_one_is_a_batch_of_many(translator: Translator, beam: int) -> None:
    """Else a line's translation would depend on the lines around it: padding must change nothing,
    nor the order in which lines of different length are taken."""
    together = all_of(translator, LINES * 3, beam=beam, nbest=beam)
    alone = all_of(translator, LINES, beam=beam, nbest=beam, batch_size=1)
    assert len(together) == 3 * len(LINES)
    for number, found in enumerate(together):
        expected = alone[number % len(LINES)]
        assert [t.text for t in found] == [t.text for t in expected]
        assert [t.score for t in found] == pytest.approx([t.score for t in expected], abs=1e-4)


def test_n_best_scores_are_forced_scores(translator: Translator) -> None:
    """Else two ways to ask for a translation's probability would give two answers."""
    lines = [line for line in LINES if line.strip()]
    for options in ({"beam": 4, "nbest": 4}, {"sample": True, "nbest": 3, "seed": 7}):
        for line, found in zip(lines, all_of(translator, lines, **options), strict=True):
            ids = translator.loaded.source.encode(line)
            if len(ids) > translator.longest:
                continue
            forced = translator.score_ids([ids] * len(found), [t.tokens for t in found])
            assert [t.score for t in found] == pytest.approx(forced, abs=1e-4)


def test_forced_scores_are_of_the_text_and_its_end(translator: Translator) -> None:
    """Else --score would leave out the end of a translation, or mix up the pairs of a batch."""
    texts = [*TARGETS[:3], "", "a", "?", "a dog reads a book at the river.", "🙂"]
    together = translator.score(LINES, texts)
    assert together == pytest.approx(
        [translator.score([line], [text])[0] for line, text in zip(LINES, texts, strict=True)],
        abs=1e-4,
    )
    model, device = translator.loaded.model, translator.loaded.device
    state = model.encode(*source_batch(translator.loaded, [LINES[0]]))
    total, last = 0.0, END_ID
    for token in [*translator.loaded.target.encode(texts[0]), END_ID]:
        log_probs, state = model.next_log_probs(torch.tensor([last], device=device), state)
        total, last = total + log_probs[0, token].item(), token
    assert together[0] == pytest.approx(total, abs=1e-4)


def test_a_length_penalty_changes_the_order_and_not_the_scores(translator: Translator) -> None:
    """Else a score would mean something else with each --length-penalty."""
    for line in LINES[:3]:
        (found,) = all_of(translator, [line], beam=4, nbest=4, length_penalty=1.0)
        per_token = [t.score / len(t.tokens) for t in found if t.tokens]
        assert per_token == sorted(per_token, reverse=True)
        (found,) = all_of(translator, [line], beam=4, nbest=4, length_penalty=0.0)
        scores = [t.score for t in found]
        assert scores == sorted(scores, reverse=True)


def test_samples_follow_the_seed_alone(translator: Translator) -> None:
    """Else a sampled text could not be had again, or all lines would draw the same."""
    lines = ["Hund", "Frau", "Hund", "Buch"]
    one = all_of(translator, lines, sample=True, seed=1)
    assert one == all_of(translator, lines, sample=True, seed=1)
    assert [t[0].text for t in one] == [
        t[0].text for t in all_of(translator, lines, sample=True, seed=1, batch_size=1)
    ]
    assert one != all_of(translator, lines, sample=True, seed=2)
    many = all_of(translator, ["Hund"], sample=True, nbest=20)[0]
    assert len({t.text for t in many}) > 1
    cold = all_of(translator, lines, sample=True, temperature=0)
    assert [t[0].text for t in cold] == [t[0].text for t in all_of(translator, lines, beam=1)]


def test_a_long_line_is_translated_in_parts_and_counted(folders: dict[str, Path]) -> None:
    """Else what is behind the longest sentence of the training would be dropped in silence."""
    translator: Translator = seqlm.load(folders["transformer"])
    sentence = "ein Hund läuft über die Wiese."
    long = " ".join([sentence] * 20)
    parts = segments([long], translator.loaded.source, translator.longest)
    texts = [translator.loaded.source.decode(part.ids) for part in parts]
    assert texts == [sentence] * 20
    whole, short = all_of(translator, [long, sentence], beam=2)
    assert translator.num_cut == 1
    pieces = [found[0] for found in all_of(translator, texts, beam=2)]
    assert whole[0].text == " ".join(piece.text for piece in pieces)
    assert whole[0].score == pytest.approx(math.fsum(piece.score for piece in pieces), abs=1e-3)
    assert short[0].text == all_of(translator, [sentence], beam=2)[0][0].text


def test_a_long_sentence_is_cut_between_words(translator: Translator) -> None:
    """Else words would be translated in halves."""
    words = "Hund " * 100 + "liest. Frau"
    parts = segments([words], translator.loaded.source, 17)
    texts = [translator.loaded.source.decode(part.ids) for part in parts]
    assert " ".join(text.strip() for text in texts) == words
    assert texts[-1].strip() == "Frau" and all(0 < len(part) <= 17 for part in parts)


def test_a_model_of_words_is_given_sentences_too() -> None:
    """Else a model of words would lose the ends of sentences, which are words of their own."""
    text = 'er liest . " sie liest ! ein Hund'
    tokenizer, _ = train_tokenizer("word", as_blocks([text]), min_count=1)
    parts = segments([text], tokenizer, 7)
    assert [tokenizer.decode(part.ids) for part in parts] == [
        "er liest .",
        '" sie liest !',
        "ein Hund",
    ]


def test_a_word_longer_than_the_model_bears(translator: Translator) -> None:
    """Else a line without white space would never be done."""
    parts = segments(["x" * 1000], translator.loaded.source, translator.longest)
    assert [len(part) for part in parts[:-1]] == [translator.longest] * (len(parts) - 1)
    assert "".join(translator.loaded.source.decode(part.ids) for part in parts).count("x") == (
        1000 if translator.loaded.source.kind == "unigram" else 0
    )
    assert len(all_of(translator, ["x" * 1000], beam=1)) == 1


def test_no_unknown_token_and_no_line_end_is_written(folders: dict[str, Path]) -> None:
    """Else `translate` would give more lines than it got."""
    translator: Translator = seqlm.load(folders["transformer"])
    target = translator.loaded.target
    ends_line = next(i for i in range(2, target.vocab_size) if target.decode([i]) == "\n")
    with torch.no_grad():
        translator.loaded.model.output_bias[[1, ends_line]] = 50.0
    for options in ({"beam": 1}, {"beam": 3, "nbest": 3}, {"sample": True}):
        for found in all_of(translator, LINES, **options):
            for translation in found:
                assert "\n" not in translation.text
                assert not {1, ends_line} & set(translation.tokens)


def test_attention_is_over_the_pieces(folders: dict[str, Path]) -> None:
    """Else a heat map would have its rows or columns under other words."""
    for arch, shape in (("transformer", (2, 2)), ("lstm", (1, 1))):
        translator: Translator = seqlm.load(folders[arch])
        line = "ein Hund"
        (best,) = all_of(translator, [line], beam=2)[0]
        source, target, weights = translator.attention(line, best.tokens)
        assert weights.shape == (*shape, len(target), len(source))
        assert weights.sum(-1).flatten().tolist() == pytest.approx(
            [1] * math.prod(weights.shape[:3])
        )
        assert source[-1] == "</s>" and len(target) == len(best.tokens)
        read = translator.loaded.source.pieces(translator.loaded.source.encode(line))
        assert source[:-1] == (read[::-1] if arch == "lstm" else read)
        with pytest.raises(InputError):
            translator.attention("", (END_ID,))


def test_what_is_no_pair_is_refused(translator: Translator) -> None:
    """Else scores would stand beside the wrong lines."""
    with pytest.raises(InputError, match=r"1 sources and 2 targets"):
        translator.score(["a"], ["b", "c"])


def test_a_pair_that_is_too_long_has_no_score(translator: Translator) -> None:
    """Else one odd line would take all memory, or end the run."""
    assert math.isnan(translator.score(["Hund"], ["? " * 3000])[0])
    assert translator.num_unscored == 1


def test_windows_grow_and_never_wait() -> None:
    """Else the first line would wait for the thousandth, or a pipe's line for the next one."""
    blocks = [["a"], ["b", "c"], [str(n) for n in range(2000)]]
    sizes = [len(window) for window in windows(blocks, 4)]
    assert sizes[:5] == [1, 2, 16, 32, 64] and max(sizes) == 64
    assert [line for window in windows(blocks, 4) for line in window] == [
        line for block in blocks for line in block
    ]


def test_every_line_is_in_one_batch() -> None:
    """Else a line would be lost, or one batch would hold a thousand long lines."""
    items = [range(n % 200) for n in range(500)]
    found = list(batches(items, 8))
    assert sorted(place for batch in found for place in batch) == list(range(500))
    for batch in found:
        longest = max(len(items[place]) for place in batch)
        assert len(batch) == 1 or len(batch) * max(longest, 48) <= 8 * 48


def test_another_model_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    """Else a damaged folder would translate."""
    with pytest.raises(ModelError):
        seqlm.load(tmp_path)

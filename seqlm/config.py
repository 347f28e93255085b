"""The only home of defaults: small frozen dataclasses that need no torch.

A command's option takes its default from here, a recipe takes one of these as its argument, and
a model's ``config.json`` and ``train.json`` are made from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Errors = Literal["strict", "replace", "skip"]
Normalization = Literal["NFC", "none"]
TokenizerKind = Literal["word", "char", "unigram", "bpe"]
Weighting = Literal["linear", "flat"]
PROJECTOR_VECTORS = "vectors.tsv"
"""What the projector's folder of vectors holds, and no model folder."""
VectorFormat = Literal["word2vec-text", "word2vec-bin", "fasttext-vec", "npy", "projector"]
ExportFormat = Literal[
    "word2vec-text",
    "word2vec-bin",
    "fasttext-vec",
    "npy",
    "projector",
    "arpa",
    "onnx",
    "hf",
    "ctranslate2",
    "seqlm",
]
BleuTokenizer = Literal["13a", "intl", "char", "zh", "ja-mecab", "ko-mecab", "none"]


@dataclass(frozen=True)
class TextOptions:
    """How bytes become text.

    Attributes:
        encoding: a Python codec name; the text is UTF-8 unless told otherwise, whatever the locale.
        errors: what happens at a byte that cannot be decoded: an error, U+FFFD, or the line is
            left out; the last two are counted.
        normalization: Unicode normalisation of what a model sees, recorded in the model.
    """

    encoding: str = "utf-8"
    errors: Errors = "strict"
    normalization: Normalization = "NFC"


@dataclass(frozen=True)
class TokenizerOptions:
    """What a user may settle about a tokenizer.

    Attributes:
        kind: words, characters, or subwords of either kind.
        vocab_size: most entries; None suits the text (subwords) or is no limit.
        min_count: rarer words or characters become unknown; None suits the text.
    """

    kind: TokenizerKind = "unigram"
    vocab_size: int | None = None
    min_count: int | None = None


Arch = Literal["auto", "rnn", "lstm", "gru", "window", "transformer", "ngram"]
Preset = Literal["zaremba-medium", "zaremba-large", "awd-lstm", "better-rnnlm"]
Precision = Literal["auto", "float32", "bfloat16"]
Loss = Literal["auto", "full", "sampled"]


@dataclass(frozen=True)
class LanguageModelOptions:
    """What a user may settle about a language model; None is chosen from the corpus and the time.

    Attributes:
        arch: the recurrence, window for the last words, transformer, or ngram; auto mixes an n-gram
            model and one or two networks of the kind that is best for its time.
        members: networks trained side by side and mixed; None suits the machine with auto, else 1.
        order: length of the longest n-gram; only n-gram models have one.
        tokenizer: word, char, unigram, bpe, or a folder that holds a tokenizer.
        vocab_size: most tokens a vocabulary may have.
        min_count: words and characters rarer than this become unknown.
        hidden_size: features of each recurrent layer.
        embedding_size: features of a token; the hidden size unless told otherwise.
        embeddings: word vectors, a folder or a file, that the first layer starts from.
        num_layers: layers; None suits the architecture.
        context: tokens that a window model, or each layer of a transformer, sees.
        num_heads: heads of a transformer's attention.
        tied: the output layer is the embedding.
        skip: layers from the second on add their input to their output.
        narrow_last: the last recurrent layer is as wide as the embedding.
        dropout: probability that a feature is dropped in training.
        input_dropout: that of what goes into a recurrent network; None is the same.
        hidden_dropout: that of what goes from layer to layer in one; None is the same.
        embedding_dropout: probability that a word is dropped from a chunk.
        weight_drop: probability that a recurrent weight is dropped from a chunk.
        activation_penalty: added to the loss for each unit of the mean square of a feature;
            None suits the architecture.
        slowness_penalty: the same of a feature's change from token to token.
        batch_size: rows of text read side by side.
        chunk_length: tokens that gradients flow back through.
        learning_rate: the highest.
        weight_decay: AdamW's.
        clip: largest norm of a gradient.
        warmup: share of the steps that warm up.
        loss: over the whole vocabulary, or over a sample of it.
        samples: draws of a sampled loss.
        precision: of the matrix products in training.
        epochs: how often the text is read.
        steps: updates; goes before epochs and budget.
        budget: seconds for everything, evaluation and saving included.
        patience: evaluations without a better one after which training stops; 0 is never.
        seed: of everything random.
    """

    arch: Arch = "auto"
    members: int | None = None
    order: int | None = None
    tokenizer: str = "unigram"
    vocab_size: int | None = None
    min_count: int | None = None
    hidden_size: int | None = None
    embedding_size: int | None = None
    embeddings: str | None = None
    num_layers: int | None = None
    context: int | None = None
    num_heads: int | None = None
    tied: bool = True
    skip: bool = True
    narrow_last: bool = False
    dropout: float | None = None
    input_dropout: float | None = None
    hidden_dropout: float | None = None
    embedding_dropout: float = 0.0
    weight_drop: float | None = None
    activation_penalty: float | None = None
    slowness_penalty: float | None = None
    batch_size: int = 64
    chunk_length: int = 35
    learning_rate: float | None = None
    weight_decay: float = 0.01
    clip: float = 0.5
    warmup: float = 0.03
    loss: Loss = "auto"
    samples: int = 1024
    precision: Precision = "auto"
    epochs: float | None = None
    steps: int | None = None
    budget: float | None = None
    patience: int = 4
    seed: int = 1


@dataclass(frozen=True)
class CountVectorOptions:
    """What a user may settle about count-based vectors.

    Attributes:
        dim: numbers in a vector.
        window: how far two words may be apart.
        weighting: linear: near pairs count more, as in word2vec's windows; flat: all count once.
        min_count: rarer words are left out before windows are laid.
        subsample: t of word2vec's subsampling of frequent words; 0 keeps all.
        shift: k of the shifted PMI; 1 shifts nothing.
        smoothing: exponent of the contexts' counts.
        eigenvalues: exponent of the singular values.
        iterations: of the randomised SVD; more are more exact.
        lowercase: whether the text is read in lower case.
        seed: of everything random.
    """

    dim: int = 100
    window: int = 5
    weighting: Weighting = "linear"
    min_count: int = 5
    subsample: float = 1e-4
    shift: float = 1.0
    smoothing: float = 0.75
    eigenvalues: float = 0.25
    iterations: int = 2
    lowercase: bool = False
    seed: int = 1


@dataclass(frozen=True)
class Word2VecOptions:
    """What a user may settle about word2vec's vectors.

    Attributes:
        arch: skipgram predicts a word's neighbours, cbow a word from its neighbours.
        dim: numbers in a vector.
        window: how far two words may be apart; each reach from 1 to it is as likely.
        negative: words that each pair is told apart from.
        subsample: t above which frequent words are thinned out; 0 keeps all.
        min_count: rarer words are left out before windows are laid.
        max_words: the most words of vocabulary; the most frequent stay.
        epochs: how often the text is read.
        budget: seconds for everything, reading and saving included; goes before epochs.
        learning_rate: the first, falling to almost zero; None is 0.025, or 0.05 for cbow.
        lowercase: whether the text is read in lower case.
        phrases: whether pairs that stand together far more often than by chance become a word.
        phrase_threshold: the score from which they do; higher gives fewer.
        subwords: whether a word is the mean of itself and its parts, so that unknown ones get a
            vector.
        min_part: letters of the shortest part.
        max_part: letters of the longest part.
        jamo: whether a Hangul syllable counts as three letters.
        buckets: most rows that parts share, by their hash.
        seed: of everything random.
    """

    arch: Literal["skipgram", "cbow"] = "skipgram"
    dim: int = 100
    window: int = 5
    negative: int = 5
    subsample: float = 1e-4
    min_count: int = 5
    max_words: int | None = None
    epochs: int = 5
    budget: float | None = None
    learning_rate: float | None = None
    lowercase: bool = False
    phrases: bool = False
    phrase_threshold: float = 100.0
    subwords: bool = False
    min_part: int = 3
    max_part: int = 6
    jamo: bool = False
    buckets: int = 2_000_000
    seed: int = 1


TranslationArch = Literal["lstm", "gru", "rnn", "transformer"]
SourceAttention = Literal["dot", "additive", "none"]


@dataclass(frozen=True)
class TranslationOptions:
    """What a user may settle about a translation model; None is chosen from the pairs and the time.

    Attributes:
        arch: the recurrence of an encoder and decoder, which is ahead of the transformer on tens of
            thousands of pairs and minutes of a processor (docs/translation.md), or the transformer.
        tokenizer: word, char, unigram, bpe, or a folder that holds a tokenizer.
        separate_vocabularies: each language has its own, instead of one for both.
        vocab_size: most tokens a vocabulary may have.
        min_count: words and characters rarer than this become unknown.
        max_length: tokens; a pair with a longer side is left out.
        hidden_size: features of a token.
        inner_size: features inside a transformer's feed-forward networks; None is 4 times as many.
        num_heads: heads of a transformer's attention; None is one for every 32 features.
        num_layers: of the encoder, and of the decoder; None is 3 for a transformer, else 1.
        attention: how a recurrent decoder looks at the source.
        bidirectional: a recurrent encoder reads from both ends; None is where there is attention.
        input_feeding: a recurrent decoder sees at each step what the one before gave out.
        peeky: a recurrent decoder sees at each step where the encoder ended.
        reverse_source: sources are read from their last token to their first.
        dropout: probability that a feature is dropped in training.
        label_smoothing: share of each target's probability that all tokens get alike.
        batch_tokens: target tokens in a batch, about.
        learning_rate: the highest.
        weight_decay: AdamW's.
        clip: largest norm of a gradient.
        warmup_steps: steps that warm up.
        precision: of the matrix products in training.
        epochs: how often the pairs are read.
        steps: updates; goes before epochs and budget.
        budget: seconds for everything, evaluation and saving included.
        patience: evaluations without a better one after which training stops; 0 is never.
        seed: of everything random.
    """

    arch: TranslationArch = "lstm"
    tokenizer: str = "unigram"
    separate_vocabularies: bool = False
    vocab_size: int | None = None
    min_count: int | None = None
    max_length: int = 256
    hidden_size: int | None = None
    inner_size: int | None = None
    num_heads: int | None = None
    num_layers: int | None = None
    attention: SourceAttention = "dot"
    bidirectional: bool | None = None
    input_feeding: bool = False
    peeky: bool = False
    reverse_source: bool = False
    dropout: float | None = None
    label_smoothing: float = 0.1
    batch_tokens: int = 1200
    learning_rate: float | None = None
    weight_decay: float = 0.0
    clip: float = 1.0
    warmup_steps: int = 150
    precision: Precision = "auto"
    epochs: float | None = None
    steps: int | None = None
    budget: float | None = None
    patience: int = 0
    seed: int = 1


Engine = Literal["torch", "ctranslate2"]
Quantization = Literal["none", "int8"]


@dataclass(frozen=True)
class DecodingOptions:
    """How a translation is found, or drawn.

    Attributes:
        beam: hypotheses of the beam search; 1 is greedy.
        length_penalty: 0 ranks by probability, which favours short ones, 1 by that per token.
        nbest: translations of a line.
        max_length: most tokens of a translation; None is twice the source's and 20 more.
        batch_size: lines at once.
        sample: draw each token instead of searching.
        temperature: below 1 bolder, above 1 wilder; 0 takes the most probable token.
        top_k: draw from the k most probable tokens; 0 is all.
        top_p: draw from the most probable tokens that hold this probability.
        min_p: draw from tokens this share as probable as the most probable one.
        seed: of the sampling.
    """

    beam: int = 5
    length_penalty: float = 1.0
    nbest: int = 1
    max_length: int | None = None
    batch_size: int = 64
    sample: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class CacheOptions:
    """How a neural cache looks back.

    Attributes:
        size: pairs of what the network saw and what came next that it remembers.
        theta: how sharply the most alike are preferred.
        weight: the cache's share of the mixture, 0 to 1.
        horizon: the age in tokens at which a pair counts less by a factor of e.
    """

    size: int = 2000
    theta: float = 9.5
    weight: float = 0.14
    horizon: float = 300.0


@dataclass(frozen=True)
class DynamicOptions:
    """How a network goes on learning from the text it is measured on.

    Attributes:
        rate: of the gradient steps.
        decay: share of the way back to the trained weights that each step goes.
        segment: tokens of a step.
        clip: largest norm of a segment's gradient, which is a sum over its tokens.
    """

    rate: float = 0.01
    decay: float = 0.001
    segment: int = 32
    clip: float = 100.0

"""The options that let a model adapt to the text that ``perplexity`` and ``score`` give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from seqlm.commands.language_model import open_language_model, open_scores
from seqlm.commands.output import note
from seqlm.config import CacheOptions, DynamicOptions, TextOptions
from seqlm.errors import UsageError

if TYPE_CHECKING:
    from seqlm.recipes.text_model import TextModel
    from seqlm.recipes.text_scores import TextScores

Cache = Annotated[
    int | None,
    typer.Option(
        metavar="SIZE",
        help=f"Neural cache of so many last tokens, e.g. {CacheOptions.size} [default: none].",
        min=1,
        max=1 << 20,
    ),
]
CacheTheta = Annotated[
    float | None,
    typer.Option(help=f"How sharply the cache looks [default: {CacheOptions.theta:g}].", min=0),
]
CacheWeight = Annotated[
    float | None,
    typer.Option(help=f"The cache's share [default: {CacheOptions.weight:g}].", min=0, max=1),
]
CacheHorizon = Annotated[
    float | None,
    typer.Option(
        help=f"Tokens after which it fades by a factor of e [default: {CacheOptions.horizon:g}].",
        min=1e-6,
    ),
]
CacheTune = Annotated[
    list[str] | None, typer.Option(help="Held-out text that fits the cache's theta and weight.")
]
Dynamic = Annotated[
    bool, typer.Option("--dynamic", help="Dynamic evaluation: learn from what was scored.")
]
DynamicRate = Annotated[
    float | None,
    typer.Option(help=f"Its learning rate [default: {DynamicOptions.rate:g}].", min=0),
]


@dataclass(frozen=True)
class Adaptation:
    """What was typed of these options."""

    cache: int | None
    theta: float | None
    weight: float | None
    horizon: float | None
    tune: list[str] | None
    dynamic: bool
    rate: float | None

    def check(self, context: str) -> None:
        """Refuse what makes no sense together, before anything is loaded.

        Raises:
            UsageError: names the options.
        """
        given = (self.theta, self.weight, self.horizon, self.tune)
        if self.cache is None and any(value is not None for value in given):
            raise UsageError(
                "--cache-theta, --cache-weight, --cache-horizon and --tune are of a cache",
                f"--cache {CacheOptions.size}",
            )
        if self.tune and (self.theta is not None or self.weight is not None):
            raise UsageError(
                "--tune finds theta and weight itself", "leave out --cache-theta, --cache-weight"
            )
        if self.rate is not None and not self.dynamic:
            raise UsageError("--dynamic-rate is of dynamic evaluation", "--dynamic")
        if self.dynamic and self.cache is not None:
            raise UsageError("a cache gains nothing on top of --dynamic", "use one of the two")
        if self.dynamic and context == "line":
            raise UsageError("--dynamic learns from line to line", "--context stream")
        if self.tune:
            from seqlm.data.corpus import Corpus

            Corpus(self.tune)

    def open_model(
        self,
        model: str | None,
        device: str,
        threads: int | None,
        text: TextOptions,
        *,
        lines: bool = True,
    ) -> tuple[TextScores, dict[str, str]]:
        """The model that a command is given, adapting as it was asked to.

        Args:
            text: how the bytes of ``tune`` are read.
            lines: a mixture that gives probabilities of lines only will do.

        Returns:
            The model, and the columns by which the results say what was done to it.
        """
        if self.cache is None and not self.dynamic:
            opened = open_scores if lines else open_language_model
            return opened(model, device, threads), {}
        loaded = open_language_model(model, device, threads)
        if self.cache is not None:
            return self._with_cache(loaded, self.cache, text)
        from seqlm.recipes.adaptation import with_dynamic_evaluation

        options = DynamicOptions() if self.rate is None else DynamicOptions(self.rate)
        said = f"rate={options.rate:g}"
        note(f"dynamic evaluation: {said}")
        return with_dynamic_evaluation(loaded, options), {"dynamic": said}

    def _with_cache(
        self, loaded: TextModel, size: int, text: TextOptions
    ) -> tuple[TextModel, dict[str, str]]:
        from seqlm.recipes.adaptation import tune_cache, with_cache

        options = CacheOptions(
            size,
            CacheOptions.theta if self.theta is None else self.theta,
            CacheOptions.weight if self.weight is None else self.weight,
            CacheOptions.horizon if self.horizon is None else self.horizon,
        )
        if self.tune:
            from seqlm.data.corpus import Corpus

            text = replace(text, normalization=loaded.tokenizer.normalization)
            options = tune_cache(loaded, options, Corpus(self.tune, text))
        said = (
            f"size={options.size} theta={options.theta:.3g} weight={options.weight:.3g} "
            f"horizon={options.horizon:g}"
        )
        note(f"cache: {said}")
        return with_cache(loaded, options), {"cache": said}

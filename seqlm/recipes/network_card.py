"""The model card of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def model_card(
    name: str, config: dict[str, Any], train: dict[str, Any], last: dict[str, Any]
) -> str:
    """``README.md`` of a model folder."""
    files = ", ".join(Path(file).name for file in train["request"]["files"])
    choices = train["choices"]
    size = f"{choices['options']['num_layers']} x {config['hidden_size']}"
    return f"""# {name}

A language model ({config["arch"]}, {size}, {choices["parameters"]:,} parameters, \
{config["vocab_size"]:,} {config["tokenizer"]} tokens) made with seqlm \
{train["versions"]["seqlm"]} on {train["created"][:10]} from {files}.

| held-out text | |
| --- | --- |
| perplexity per token | {last["valid_ppl_token"]:.2f} |
| perplexity per word | {last["valid_ppl_word"]:.2f} |
| bits per byte | {last["valid_bits_per_byte"]:.4f} |

    seqlm perplexity -m {name} test.txt
    seqlm generate -m {name} --prompt "..."

`train.json` holds the arguments, the plan, the versions and the hash of the text;
`metrics.jsonl` a line for each evaluation. The model may repeat what its text says, true or not.
"""

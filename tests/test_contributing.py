"""The walk-through in CONTRIBUTING.md, followed to the letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from seqlm import cells
from seqlm.models.recurrent_lm import RecurrentConfig, RecurrentLM

GUIDE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def test_add_a_recurrent_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the first thing that a newcomer tries would not work."""
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    namespace: dict[str, object] = {}
    exec(compile(code[1], "mgu.py", "exec"), namespace)
    monkeypatch.setitem(cells.CELLS, "mgu", namespace["MGU"])

    torch.manual_seed(0)
    model = RecurrentLM(RecurrentConfig("mgu", 9, 5, 5, 2)).eval()
    tokens = torch.randint(0, 9, (2, 7))
    with torch.no_grad():
        scores, _ = model.score(tokens[:, :-1], tokens[:, 1:], model.initial_state(2))
        state = model.initial_state(2)
        for time in range(6):
            log_probs, state = model.next_log_probs(tokens[:, time], state)
            torch.testing.assert_close(log_probs.exp().sum(1), torch.ones(2))
            stepped = log_probs.gather(1, tokens[:, time + 1 : time + 2])[:, 0]
            torch.testing.assert_close(scores[:, time], stepped)

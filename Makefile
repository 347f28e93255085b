# make demo    train on a corpus of ours, measure it, let it write
# make test    the tests
# make check   formatting, lint, types and the tests
#
# Each sets up .venv first, with the versions in constraints.txt.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test check clean

demo: $(READY)
	$(BIN)/seqlm train-lm corpora/english.txt --budget 45s -o models/demo --force
	$(BIN)/seqlm perplexity corpora/english.test.txt -m models/demo
	$(BIN)/seqlm generate --prompt "the old" -n 3 -m models/demo

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff format --check seqlm tests corpora cli.py
	$(BIN)/ruff check seqlm tests corpora cli.py
	$(BIN)/mypy
	$(BIN)/python -m pytest

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[vectors,mt,fast,dev]'
	touch $@

clean:
	rm -rf .venv models build *.egg-info

# make demo    train on a corpus of ours, measure it, let it write
# make test    the tests
# make check   formatting, lint, types and the tests
# make torture kills, full disks, damaged models, hostile text: hours; each count can be given,
#              make torture KILLS=20 FOLDERS=1000 MEGABYTES=0, and ONLY=kills,writes picks parts
#
# Each sets up .venv first, with the versions in constraints.txt.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test check torture clean

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

COUNTS := KILLS STEPS WRITES INPUTS FOLDERS HOSTILE PARSERS STRINGS TERMINAL STREAMS SIGNALS TWO \
	CLOSED REPEATS LOSING GRADIENTS MEGABYTES ONLY RESULTS PLACE

torture: $(READY)
	$(BIN)/python -m tests.faults.torture $(foreach name,$(COUNTS),$(if $($(name)),$(name)=$($(name))))

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[vectors,mt,fast,dev]'
	touch $@

clean:
	rm -rf .venv models build *.egg-info

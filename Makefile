# make run | make test | make install: see README.md. PYTHON=python3.12 picks another interpreter.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
UV     := $(VENV)/bin/uv
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run install test faults faults-short lint types contracts contract-tests thorough bench lock clean

help:
	@echo "make run        install if needed, then open the console"
	@echo "make test       install if needed, then run the tests"
	@echo "make install    only set up $(VENV)"
	@echo "make contract-tests thorough faults faults-short lint types contracts bench lock clean"

install: $(STAMP)

# The stamp is written last, so an interrupted set-up starts over.
$(STAMP): requirements.lock pyproject.toml tools/install.sh
	@sh tools/install.sh "$(PYTHON)" "$(VENV)"
	@touch $@

run: $(STAMP)
	@$(VENV)/bin/noktvrn

test: $(STAMP)
	@$(PY) -m pytest

# The kill and fault tests, and all else that takes minutes, one at a time: they measure what survives, not how fast.
faults: $(STAMP)
	@$(PY) -m pytest -n 0 -s -m "faults or long"

# As .ci/run does: two at a time, with fewer kills, and without those that take many minutes each.
faults-short: $(STAMP)
	@FAULT_KILLS=8 $(PY) -m pytest -n 2 -m "faults and not long" tests/faults

lint: $(STAMP)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

types: $(STAMP)
	@$(VENV)/bin/mypy

contracts: $(STAMP)
	@$(VENV)/bin/lint-imports

contract-tests: $(STAMP)
	@$(PY) -m pytest -m "contract and not long"

thorough: $(STAMP)
	@$(PY) -m pytest -m "thorough and not long"

bench: $(STAMP)
	@$(PY) -m benchmarks

# Needs uv on the PATH or in $(VENV). Hashes, no index addresses, one lock for every Python >= 3.11.
lock:
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" uv pip compile -q --generate-hashes --no-emit-index-url --universal \
	  --python-version 3.11 --group pyproject.toml:dev --group pyproject.toml:build pyproject.toml \
	  --custom-compile-command 'make lock' -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# Every target sets up what it needs in .venv: with Python 3.11 or later, make and a package index
# they work in a fresh clone. A second run installs only what has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=loadfile
SOURCES := $(shell find aws_mfa_process -name '*.py') README.md LICENSE

.PHONY: test setup lint demo bench coverage clean

test: setup
	$(BIN)/pytest $(PARALLEL)

setup: $(VENV)/.package $(VENV)/.dev

lint: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

demo: $(VENV)/.package
	$(BIN)/aws-mfa-process sandbox --demo

bench: setup
	$(BIN)/python tests/bench.py

# Processes that the tests start are measured too, but for those that test how few modules load.
coverage: setup
	$(BIN)/coverage erase
	status=0; $(BIN)/coverage run $(BIN)/pytest || status=$$?; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report; exit $$status

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What runs the program and the demo: its dependencies, the practice AWS, the AWS CLI.
$(VENV)/.base: pyproject.toml
	@echo 'Setting up $(VENV): this downloads packages, some minutes the first time.'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip
	$(PIP) install --upgrade --upgrade-strategy only-if-needed --group demo '.[sandbox]'
	@touch $@

# What developers need besides.
$(VENV)/.dev: $(VENV)/.base
	$(PIP) install --group dev
	@touch $@

# The program as users get it: from a wheel, never in place.
$(VENV)/.package: $(VENV)/.base $(SOURCES)
	$(PIP) install --no-build-isolation --no-deps --force-reinstall .
	@touch $@

# Every target sets up what it needs in .venv: with Python 3.11 or later, make and a package index
# they work in a fresh clone. A second run installs only what has changed.

PYTHON ?= python3
VENV ?= .venv
TESTS ?=
MATRIX_TESTS ?=
COUNT ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python .ci/install.py
PARALLEL := --numprocesses=4 --dist=loadfile
SOURCES := $(shell find aws_mfa_process -name '*.py' -o -path '*/shells/*' -type f) README.md LICENSE
# The time that files in wheel and sdist bear: that of the last commit; in an sdist any fixed one.
COMMITTED := $(if $(wildcard .git),$(shell git log -1 --format=%ct))
DATE := $(or $(SOURCE_DATE_EPOCH),$(COMMITTED),1577836800)

.PHONY: help test setup lint completion demo bench faults fuzz hostile soak coverage matrix build check-build clean

test: $(VENV)/.package $(VENV)/.test ## run the tests; TESTS="tests/test_cli.py …" runs some
	$(BIN)/pytest $(PARALLEL) $(TESTS)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.package $(VENV)/.dev ## set up .venv; PYTHON=python3.13 names the interpreter

lint: $(VENV)/.dev ## look at formatting, style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

completion: $(VENV)/.package ## write the options into the completion files and the man page
	$(BIN)/python .ci/completion.py

demo: $(VENV)/.package ## show what the program does, on a practice AWS
	$(BIN)/aws-mfa-process sandbox --demo

bench: setup ## measure how fast it is
	$(BIN)/python tests/bench.py

# COUNT says how many, COUNT="5000 7" with another seed; the short forms of all are among the tests.
faults: setup ## fail system calls in turn along each command, and count what goes wrong
	PYTHONPATH=tests $(BIN)/python -m long.faults $(COUNT)

fuzz: setup ## garble and forge files of the cache folder, and count what goes wrong
	PYTHONPATH=tests $(BIN)/python -m long.fuzz $(COUNT)

hostile: setup ## garble what STS, mfa_process, dialogs and AWS files say, and count likewise
	PYTHONPATH=tests $(BIN)/python -m long.hostile $(COUNT)

soak: setup ## kill commands, change things beside them, let a day go by; count what goes wrong
	PYTHONPATH=tests $(BIN)/python -m long.soak $(COUNT)

# Processes that the tests start are measured too, but for those that test how few modules load.
coverage: setup ## run the tests with branch coverage of every process
	$(BIN)/coverage erase
	status=0; $(BIN)/coverage run $(BIN)/pytest || status=$$?; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report; exit $$status

# MATRIX_TESTS="tests/test_cli.py …" runs some of them.
matrix: $(VENV)/.python ## run the tests on every CPython there is, and with the lowest dependencies
	@$(BIN)/python .ci/matrix.py $(MATRIX_TESTS)

build: $(VENV)/.test $(VENV)/.package ## make wheel and sdist in dist/, bit for bit the same from the same commit
	rm -rf dist
	$(BIN)/python .ci/completion.py
	SOURCE_DATE_EPOCH=$(DATE) $(BIN)/python -m build --no-isolation

check-build: $(VENV)/.test ## build from two clones of the last commit and compare
	.ci/check-build $(CURDIR)/$(VENV)

clean: ## remove what the other targets have made
	rm -rf .venv* .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An interpreter in a folder of its own, made anew when another one is named on the command line;
# whatever an attempt that failed has left is removed.
ifeq ($(origin PYTHON),command line)
ifneq ($(PYTHON),$(shell cat $(VENV)/.python 2>/dev/null))
.PHONY: $(VENV)/.python
endif
endif
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(sys.version_info < (3, 11) and \
	"$(PYTHON) is Python " + v + ", and 3.11 or later is needed: make … PYTHON=python3.13")'
	@echo 'Setting up $(VENV): this downloads packages, some minutes the first time.'
	@$(PYTHON) -m venv --clear $(VENV)
	@echo '$(PYTHON)' >$@

# What runs the program and the demo: its dependencies, the practice AWS, the AWS CLI.
$(VENV)/.base: $(VENV)/.python pyproject.toml
	@$(PIP) --upgrade 'pip>=25.1'
	@$(PIP) --upgrade --upgrade-strategy only-if-needed --group demo '.[login,sandbox]'
	@touch $@

# What the tests need besides.
$(VENV)/.test: $(VENV)/.base
	@$(PIP) --group test
	@touch $@

# What developers need besides.
$(VENV)/.dev: $(VENV)/.test
	@$(PIP) --group dev
	@touch $@

# The program as users get it: from a wheel, never in place.
$(VENV)/.package: $(VENV)/.base $(SOURCES)
	@$(PIP) --no-build-isolation --no-deps --force-reinstall .
	@touch $@

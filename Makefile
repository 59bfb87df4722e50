# Edge Copilot: `make start` shows it at work, `make test` proves it. Needs make, Python 3.11+ and a C/C++ compiler.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COPILOT := $(BIN)/edge-copilot
EXTRAS_FOR_TESTS := dev,ocr,reference,hub,serve,hmi,voice,web

# The environment is built anew when what it is made from changes: by content, because a clone changes every date.
DEPENDENCIES := $(shell cksum < pyproject.toml | tr ' ' '-')
INSTALLED := $(VENV)/.installed-$(DEPENDENCIES)
INSTALLED_FOR_TESTS := $(VENV)/.installed-for-tests-$(DEPENDENCIES)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# llama.cpp is compiled from source; all cores make it several times faster.
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

.DEFAULT_GOAL := help
.PHONY: help start test check bench format clean

help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: $(INSTALLED) ## Install, fetch the models, read the example manuals, ask three questions.
	@$(BIN)/python scripts/start.py

test: $(INSTALLED_FOR_TESTS) ## Everything that is checked: formatting, types, rooms, tests. Fetches the models it needs.
	@$(BIN)/python scripts/checks.py --with-models

check: $(INSTALLED_FOR_TESTS) ## The same with the models that are at hand; tests without their model are skipped.
	@$(BIN)/python scripts/checks.py

bench: $(INSTALLED_FOR_TESTS) ## Start-up times. The other benchmarks: see docs/benchmarks.md.
	@$(BIN)/python -m bench.startup

format: $(INSTALLED_FOR_TESTS) ## Put the code in shape.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove the environment and what the tools left; models and index stay.
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp and not the interpreter itself: it is there before a venv that was cut short is complete.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it: make start PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(INSTALLED): | $(VENV)/.created
	@echo "Installing. The first time llama.cpp is compiled, which takes some minutes …"
	@$(BIN)/python -m pip install --quiet --editable .
	@rm -f $(VENV)/.installed-*
	@touch $@

$(INSTALLED_FOR_TESTS): | $(INSTALLED)
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS_FOR_TESTS)]'
	@touch $@

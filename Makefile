# The commands of this project; `make help` lists them.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes, whatever the machine: the suite starts servers and Git, not only threads.
WORKERS ?= 2
# Tests start many processes of Python. Whoever forbids it to keep what it compiled lets each of them compile Prefect.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo install develop test e2e check bench lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## see it work, for real (YES=1: approves by itself and exits)
	$(BIN)/promontory demo $(if $(YES),--yes)

install: $(VENV)/installed ## install Promontory into .venv

develop: $(VENV)/developing ## install it with everything that tests and checks need

test: develop ## run the tests
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

e2e: develop ## run the slow end-to-end tests: real servers, real processes, killed
	$(BIN)/pytest -m e2e -n $(WORKERS) --dist worksteal || { \
		echo "once more, alone: what has failed beside others on a busy machine"; \
		$(BIN)/pytest -m e2e --last-failed --last-failed-no-failures none; }

check: develop ## lint, format, types, layers, lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: develop ## measure; prints a table
	$(BIN)/python -m benchmarks

lock: ## resolve the dependencies anew into constraints.txt (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --upgrade -o constraints.txt

clean: ## remove everything that was installed or made
	rm -rf $(VENV) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# uv, where it is installed, does in seconds what pip does in a minute; both install exactly constraints.txt.
define install_with
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	if command -v uv >/dev/null 2>&1; then \
		VIRTUAL_ENV=$(VENV) uv pip install --quiet --constraint constraints.txt --editable '$(1)'; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '$(1)'; \
	fi
endef

$(VENV)/installed: pyproject.toml constraints.txt
	@echo "installing into $(VENV) (about half a minute) …"
	@$(call install_with,.)
	@touch $@

$(VENV)/developing: pyproject.toml constraints.txt
	@echo "installing into $(VENV), with the tools for tests and checks (about a minute) …"
	@$(call install_with,.[dev])
	@touch $@ $(VENV)/installed

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv

.PHONY: help setup run test unit check format lock bench mutants docs clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## make .venv with rollcall in it (quick when nothing changed)

.venv/.ready: pyproject.toml requirements/dev.txt requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rollcall needs Python 3.11 or later; set PYTHON=…")'
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt; }
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## the whole system with a demo district on this machine (ARGS="--pupils 500 --days 30 --exit")
	@$(BIN)/rollcall up --demo $(ARGS)

test: setup ## every test
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadgroup $(ARGS)

unit: setup ## the fast tests
	@$(BIN)/python -m pytest tests/unit --numprocesses 2 $(ARGS)

check: setup ## format, lint, types, architecture, contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/rollcall contracts check

format: setup ## write the code in its standard form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup ## pin the dependencies anew
	@$(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --extra embedded --extra dev pyproject.toml -o requirements/dev.txt
	@$(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt pyproject.toml -o requirements/run.txt
	@echo aiosmtpd | $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header -c requirements/dev.txt - -o requirements/catcher.txt
	@echo uv | $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header - -o requirements/uv.txt

bench: setup ## measure, beside the usual way of doing the same
	@$(BIN)/python -m tests.bench

mutants: setup ## break every line of the ladder in turn: would a test fail? (half an hour to an hour; ARGS='services.escalation.ladder.reports*')
	@$(BIN)/mutmut run --max-children 1 $(ARGS)
	@$(BIN)/mutmut results

clean: ## remove what setup and run made
	rm -rf .venv .rollcall mutants

# Two commands for a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TYPESCRIPT := typescript@7.0.2

.PHONY: run setup dev-setup test lint typescript format bench bench-signalling bench-calls requirements clients clean

run: setup ## set everything up and start Qwalo
	$(BIN)/qwalo serve

setup: $(VENV)/.run ## prepare .venv with what Qwalo needs to run
dev-setup: $(VENV)/.dev ## ... and with what its tests need

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Qwalo needs Python 3.11 or newer: make run PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

lint: dev-setup ## style, types and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory typescript

typescript: ## types of the browser's scripts, where Node is present
	@if command -v node >/dev/null && command -v npm >/dev/null; \
		then npm exec --yes --package=$(TYPESCRIPT) -- tsc -p jsconfig.json; \
		else echo "The types of the browser's scripts were not checked: Node is not here."; fi

format: dev-setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: lint ## lint, then every test, the browser's included
	$(BIN)/python -m tests.browser_check
	$(BIN)/python -m tests.coturn
	$(BIN)/pytest -n auto

bench: dev-setup ## requests a second, beside the peer where it is present
	$(BIN)/python -m bench

bench-signalling: dev-setup ## how fast signals pass between 1,000 sockets, and what a socket costs
	$(BIN)/python -m bench.signalling

bench-calls: dev-setup ## how long it takes from Join to the first frame, in two browsers
	$(BIN)/python -m bench.calls

requirements: dev-setup ## write the pinned, hashed requirement files anew
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml -o requirements/run.txt
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group build -o requirements/build.txt
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev -c requirements/run.txt -o requirements/dev.txt

clients: dev-setup ## generate the types of the TypeScript client anew; needs Node
	$(BIN)/python -m tests.clients

clean:
	rm -rf $(VENV)

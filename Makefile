BIN := .venv/bin

.PHONY: help dev test check long run docs

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

dev:  ## make the virtual environment with everything for development
	python3 -m venv .venv
	$(BIN)/pip install -q -e '.[dev]'

test:  ## run the tests, the style rules among them
	$(BIN)/pytest

check:  ## run only the style rules: ruff, mypy, import-linter and our own
	$(BIN)/pytest -n 0 tests/test_tidy.py

long:  ## run the tests that take minutes: kills, races and random walks
	$(BIN)/pytest -m long

run:  ## play a programme year in a new folder
	cd "$$(mktemp -d)" && $(CURDIR)/$(BIN)/vouchers demo

docs:  ## check that the documents tell the truth
	$(BIN)/pytest -n 0 tests/test_docs.py

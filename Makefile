# Each target does its own set-up; only Python 3.11 or newer and make have to be there.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help setup demo test check bench bench-automl lock clean

help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## make the environment in .venv from the lock file

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Tagloop needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python"; exit 1; }
	@echo "Making the environment in .venv: some minutes the first time"
	$(PYTHON) -m venv .venv
	@# uv installs in seconds what takes pip minutes; where it cannot (a mirror that only pip knows), pip does it.
	@awk '/^[a-z]/ {ours = /^uv==/} ours' requirements.lock > .venv/uv.txt
	@$(PIP) --require-hashes -r .venv/uv.txt && $(BIN)/uv pip install --quiet --python $(BIN)/python \
		--require-hashes -r requirements.lock || $(PIP) --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## load the demo data, train, and serve on http://127.0.0.1:8000
	@$(BIN)/tagloop demo

test: $(READY) ## run every test
	@$(BIN)/python -m tests.chromium
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(READY) ## format, lint, types, import contracts, doctests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --quiet core features models tags review monitoring training serving tagloop

bench: $(READY) ## measure and print the figures, side by side with the alternatives
	$(BIN)/python -m benchmarks

bench-automl: $(READY) ## compare the models with an AutoML system, in an environment of its own
	$(BIN)/python -m benchmarks.automl

lock: $(READY) ## resolve the dependencies again
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url \
		--no-header --quiet --output-file requirements.lock pyproject.toml

clean: ## remove the environment and the data folder
	rm -rf .venv var

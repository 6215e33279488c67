# The front door: `make help` lists what it opens.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Bytecode is written once, so that every later start is quick.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
STACK ?= dev

BIN := .venv/bin
UV := $(BIN)/uv
LOCALSTACK := .venv-localstack
PLUGINS := infra/local/localstack/plugins

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  \`$(BIN)/iris --help\` lists the commands behind them, with all their options."

# --- environments -------------------------------------------------------------------------------------------

.PHONY: install
install: .venv/installed $(LOCALSTACK)/installed ## Install everything into this folder (done by the others as needed)

.venv/bootstrapped: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Choose another with PYTHON=...")'
	@echo "Making an environment in .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

.venv/installed: .venv/bootstrapped requirements/project.txt pyproject.toml
	@echo "Installing the project"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/project.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

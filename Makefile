# Everything a person types here. The recipes stay thin; the work is in the programs they call.

PYTHON ?= python3
PORT ?= 8000
SAMPLE ?= yes
TEST_PROCESSES ?= 2
export PORT SAMPLE

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
PYTEST := $(BIN)/pytest --numprocesses $(TEST_PROCESSES)
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
PIP_COMPILE := $(BIN)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade)

# Stamps: each is newer than the requirements file that was installed last.
RUNTIME := .venv/.runtime-installed
DEVELOPMENT := .venv/.development-installed

.PHONY: help run setup check format test test-full test-services bench screenshots requirements clean
.DEFAULT_GOAL := help

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: setup ## set everything up and serve on 127.0.0.1:$PORT (web and worker)
	$(FLASK) serve

setup: $(RUNTIME) ## make .venv, the database, the search index and the sample register (SAMPLE=no: empty)
	$(FLASK) setup

check: $(DEVELOPMENT) ## style, types, layers of imports, templates, requirements
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=site:. $(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.architecture.check_templates
	$(BIN)/python -m tests.architecture.check_requirements

format: $(DEVELOPMENT) ## put the code into the house form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: test-services ## every test but the slow ones
	$(PYTEST) -m "not slow"

test-full: test-services ## every test
	$(PYTEST)

test-services: $(DEVELOPMENT)
	$(BIN)/python -m tests.services

bench: $(DEVELOPMENT) ## measure, and print the table of targets
	$(BIN)/python -m tests.bench

screenshots: test-services ## take the pictures of the README anew
	$(BIN)/python -m tests.browser.screenshots

requirements: $(DEVELOPMENT) ## compile both requirements files from pyproject.toml (UPGRADE=yes: newest versions)
	$(PIP_COMPILE) --output-file requirements.txt pyproject.toml
	$(PIP_COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

clean: ## remove the environment and caches; the data under instance/ stays
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache tests/browser/failures
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# bin/pip appears last, so a half-made environment is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "需要 Python 3.11 或更高版本，可用 PYTHON 指定，例如：make run PYTHON=python3.12" >&2; \
		echo "Python 3.11 or newer is needed; name one with, for example: make run PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -m venv --clear .venv || { \
		echo "缺少 Python 的 venv 模块，请执行 / the venv module is missing, please type:" >&2; \
		echo "  sudo apt-get install python3-venv" >&2; \
		exit 1; }

$(RUNTIME): requirements.txt | $(BIN)/pip
	@echo "正在安装运行所需的软件包 / installing what the site needs"
	@$(PIP_INSTALL) --requirement requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "正在安装开发与测试所需的软件包 / installing what the checks and tests need"
	@$(PIP_INSTALL) --requirement requirements-dev.txt
	@touch $@

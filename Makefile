# What a person types. Everything sets itself up: `make up` and `make test` work on a fresh clone.
PYTHON ?= python3
ENV ?= prod
BIN := .venv/bin
STATE = $(shell $(PYTHON) -m tools.state)
SOURCES := app.py stacks lambdas containers tools tests docs
export CDK_DISABLE_CLI_TELEMETRY := true
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup up down status test check lint format synth diff bench lock hooks clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what this machine lacks (run by the others)
	@$(PYTHON) -m tools.setup

up: setup ## deploy the tier here, onto emulated AWS and real servers (ENV=prod|dev)
	@$(BIN)/datatier up $(ENV)

down: setup ## stop and remove all that `make up` started
	@$(BIN)/datatier down

status: setup ## what runs, and where
	@$(BIN)/datatier status

test: setup ## every test (DATATIER_THOROUGH=1: kill at every point); one tier is brought up for them and taken down
	@$(BIN)/pytest -n 3 --dist worksteal tests/unit tests/synth tests/integration
	@export DATATIER_STATE="$(STATE)/test"; \
		trap '$(BIN)/datatier down' EXIT; trap 'exit 130' HUP INT TERM; \
		$(BIN)/datatier up prod && $(BIN)/pytest -n 2 --dist loadgroup tests/rehearsal

check: lint ## all of lint, and the tests of templates, locks and promises
	$(BIN)/pytest -q tests/synth/test_rules.py tests/unit/repository

lint: setup ## format, lint, types, boundaries, schema, migrations
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	node_modules/.bin/pyright
	$(BIN)/lint-imports
	node_modules/.bin/prisma validate
	$(BIN)/squawk --config prisma/squawk.toml prisma/migrations/*/migration.sql

format: setup ## format the code
	$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

synth: setup ## synthesize an environment's templates into cdk.out (ENV=prod|dev)
	node_modules/.bin/cdk synth --quiet -c env=$(ENV)

diff: setup ## compare with what is deployed (ENV=prod|dev)
	node_modules/.bin/cdk diff -c env=$(ENV)

bench: setup ## measure; writes .state/bench.json and prints a table
	@$(BIN)/python -m tools.bench

lock: setup ## resolve the Python requirements again, within what pyproject.toml allows
	@$(BIN)/python -m tools.locks

hooks: setup ## run `make check` before each commit of this clone
	git config core.hooksPath tools/hooks

clean: ## stop everything and remove what was installed and built here
	@test ! -x $(BIN)/datatier || { $(BIN)/datatier down && DATATIER_STATE="$(STATE)/test" $(BIN)/datatier down \
		&& $(BIN)/python -m tools.servers; }
	rm -rf "$(STATE)" .venv .state node_modules cdk.out

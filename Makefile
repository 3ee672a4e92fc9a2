# One vocabulary for people and CI. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
TEST_WORKERS ?= 2
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
READY := .venv/.ready
# A folder's name goes to the shell by the environment, as it is: make would run a $(shell …) in it, the shell a `…`.
override DATA := $(value DATA)
override MONTH := $(value MONTH)
export DATA MONTH

.PHONY: help run sample test test-long proof pollution check ui serve params dictionary lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(READY) ## the whole chain; DATA=path/to/exports (and MONTH=2026-09) adds your own tables first
	@retention params --check
	@if [ -n "$$DATA" ]; then retention use $${MONTH:+--month "$$MONTH"} -- "$$DATA"; \
	elif [ ! -d data ]; then dvc pull --quiet data; fi
	@dvc repro
	@retention summary

sample: $(READY) ## return to the sample shop
	@retention use --sample

test: $(READY) ## the tests (they never read data/)
	@python -m pytest -n $(TEST_WORKERS) --dist loadfile -m "not slow"

test-long: $(READY) ## the tests that take longer (about half an hour)
	@python -m pytest -n $(TEST_WORKERS) --dist loadfile -m "slow and not proof"

proof: $(READY) ## measure again what docs/proofs/ claims of the statistics (long simulations)
	@mkdir -p docs/proofs && PROOFS=docs/proofs python -m pytest -m slow -q tests/proofs

pollution: $(READY) ## pollute the sample's exports in 100,000 ways and write docs/pollution.md (an hour on two cores)
	@python -m tests.tables.pollution.run --workers 2 --variants 100000 --seed 1 --out docs/pollution.md

check: $(READY) ## style and types
	@ruff check src tests benchmarks docs
	@ruff format --check src tests benchmarks docs
	@mypy

ui: $(READY) ## the MLflow UI on the local store
	@retention ui

serve: $(READY) ## the champion over HTTP on this machine
	@retention serve

params: $(READY) ## compose params.yaml from conf/
	@retention params

dictionary: $(READY) ## write docs/data-dictionary.md from the code
	@python docs/write_dictionary.py

lock: ## resolve requirements.lock again (needs uv)
	uv pip compile --universal --generate-hashes --fork-strategy fewest --no-annotate --no-header --quiet \
	  --extra dev pyproject.toml -o requirements.lock

clean: ## remove the environment (data, artifacts and mlruns stay)
	rm -rf .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=python3.12 …")'
	@if [ -L .venv ]; then echo ".venv is a link to another environment, which would be emptied: remove the link, or touch $@ to keep it." >&2; exit 1; fi
	@echo "Making .venv from requirements.lock (about two minutes, once) …"
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

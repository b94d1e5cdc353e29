# Names for the commands. The work is in .ci/ and in the tools that pyproject.toml configures.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check generate format bench faults soak lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv ready to test and check
	@.ci/setup dev

demo: ## run the demo payer
	@.ci/setup runtime
	@.venv/bin/python -m adjudicator demo run

test: ## run the tests
	@.ci/setup dev
	@.venv/bin/python -m pytest -n auto --dist worksteal

check: ## format, lint, types, floors, generated files, protos
	@.ci/setup dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.ci/check-generated
	.ci/lint-proto

generate: ## write all generated files anew
	@.ci/generate

format: ## format the code and mend what the linter can
	@.ci/setup dev
	@.venv/bin/ruff check --fix-only .
	@.venv/bin/ruff format .

bench: ## run the benchmarks
	@.ci/setup dev
	@.venv/bin/python loadtests/benchmark.py

faults: ## plant faults in every edit and condition word, and show those that no example notices
	@.ci/setup dev
	@.venv/bin/python tests/seeded_faults.py

soak: ## run the tests that take minutes
	@.ci/setup dev
	@SOAK=1 .venv/bin/python -m pytest -m soak

lock: ## write the locks anew with the latest versions
	@.ci/lock

clean: ## remove environments, caches and builds
	@rm -rf .venv .venv-tools .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

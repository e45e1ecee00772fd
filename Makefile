# The project's commands, the same for people and for CI. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run test lint ui bench docs lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# dbt caches compiled templates and pip its wheels elsewhere; nothing of ours goes outside this folder.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY)  ## load, build, check and publish; the demo company first if landing is empty
	@$(BIN)/cx360 run --demo-if-empty

test: lint  ## everything that CI runs
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

lint: $(READY)  ## style and types of Python, style of SQL
	$(BIN)/ruff check
	@# Side by side: the one for types keeps one core busy only.
	$(BIN)/mypy & types=$$!; $(BIN)/sqlfluff lint --disable-progress-bar --processes 0 dbt_project; sql=$$?; \
		wait $$types && exit $$sql

ui: $(READY)  ## Dagster's web UI on 127.0.0.1:3000, with schedules and sensors
	@$(BIN)/cx360 ui

bench: $(READY)  ## measure against the physical limit of this machine
	$(BIN)/python -m benchmarks

docs: $(READY)  ## the catalogue of models and columns, as one page
	@$(BIN)/cx360 docs

lock:  ## resolve the dependencies of pyproject.toml anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv (https://docs.astral.sh/uv/): install it and run again."; exit 2; }
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --extra dev --upgrade \
		--custom-compile-command "make lock" --output-file requirements.txt pyproject.toml

clean:  ## remove the environment and the caches; data/ is yours and stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt pyproject.toml
	@python=; for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	[ -n "$$python" ] || { echo "cx360 needs Python 3.11 or later with venv: install one, or name it with make PYTHON=/path/to/python3."; exit 2; }; \
	echo "Making $(VENV) with $$($$python --version); this takes a few minutes, once."; \
	$$python -m venv --clear $(VENV)
	@# Every package is in the lock with its hash, so nothing is left to resolve.
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# One command each; everything they need is installed by deploy/setup/prepare.py (Python 3.11+ with venv, git and make).
.PHONY: demo test check format bench soak lock help
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
CODE := rfc_ui pages components services tests benchmarks deploy/setup
ARGS ?=
# Tests run in as many processes as there are cores, each with its own forge and databases; WORKERS=0: in one.
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
# Compiled modules are kept, whatever the shell says: a run starts a hundred processes that import the same ones.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

help:            ## show this list
	@sed -n 's/^\([a-z]*\): .*## /make \1  — /p' $(MAKEFILE_LIST)

demo: ready      ## the whole product on an embedded forge; make demo ARGS="--port 8080 --fresh"
	@$(BIN)/rfc-ui demo $(ARGS)

test: ready-test ## all tests; make test ARGS="tests/unit -k slug"
	@$(PYTEST) $(ARGS)

check: ready-test ## format, lint, types, layers, tests
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) $(ARGS)

format: ready-test ## lay the code out and mend what ruff can mend
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: ready-test ## measure the figures of docs/SPEC.md §19
	@$(BIN)/python -m benchmarks $(ARGS)

soak: ready-test ## kill graduations and mail at every moment; make soak ARGS="--seeds 2 --minutes 10"
	@$(BIN)/python -m tests.soak $(ARGS)

# Extras stay in the locks: older pips look for `name[extra]` anew, and refuse a release that is newer than the lock.
lock:            ## write both lock files again (needs uv)
	uv pip compile --generate-hashes --universal --no-strip-extras --python-version 3.11 pyproject.toml -o requirements.lock --no-header -q
	uv pip compile --generate-hashes --universal --no-strip-extras --python-version 3.11 pyproject.toml --extra test -c requirements.lock -o requirements-test.lock --no-header -q

.PHONY: ready ready-test
ready:
	@$(PYTHON) deploy/setup/prepare.py run

ready-test:
	@$(PYTHON) deploy/setup/prepare.py test

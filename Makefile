# make run   builds .venv from requirements.lock and runs the bundled experiment to its report
# make test  builds the same and checks everything: style, types, import layers, tests
# make mutants  makes 300 small slips in the model, one at a time, and says which of them no test near it catches
# make test-browser  installs Chromium on Debian and tests the pages in it
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/molosim.stamp

.PHONY: run test test-browser mutants lock bench clean
.DEFAULT_GOAL := run

run: $(STAMP)
	$(BIN)/molosim run configs/gothenburg.toml --out results/gothenburg

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal -rs

# Debian's chromium and its driver, where they are not; the other tests skip what needs them.
test-browser: $(STAMP)
	command -v chromedriver >/dev/null || { apt-get update && apt-get install --yes chromium chromium-driver; }
	$(BIN)/python -m pytest tests/browser

# Takes up to an hour of two cores; broken off, it goes on where it was. MUTANTS="--only routing/ --number 600" asks more.
mutants: $(STAMP)
	PYTHONPATH=src $(BIN)/python -m tests.mutants --jobs 2 $(MUTANTS)

bench: $(STAMP)
	for file in benchmarks/[a-z]*.py; do $(BIN)/python "$$file" || exit 1; done

# The build backend is in the lock too, so that nothing is fetched but what it names.
$(STAMP): requirements.lock pyproject.toml examples/plugin/pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "molosim needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . -e examples/plugin
	touch $@

# Needs uv. No header and no index, so that the list names packages and hashes alone.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --group dev --quiet -o requirements.lock pyproject.toml

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The commands of the book. Each makes what it needs first.
PYTHON ?= python3
BIN    := .venv/bin
export JUPYTER_PLATFORM_DIRS = 1

.PHONY: help book serve notebooks execute test lint unit chapters strict browser net lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

book: .venv/reading  ## build the book into _build/html
	@$(BIN)/jupyter-book build --quiet . > .venv/build.log 2>&1 || { cat .venv/build.log; exit 1; }
	@echo "The book is at _build/html/index.html"

serve: book  ## build the book and show it at http://localhost:8000
	@$(BIN)/python -m http.server --bind localhost --directory _build/html 8000

notebooks: .venv/reading  ## open the chapters in JupyterLab
	@$(BIN)/jupyter trust chapters/*.ipynb > /dev/null  # an untrusted figure shows as text
	@$(BIN)/jupyter lab --notebook-dir=. chapters/index.ipynb

execute: .venv/testing  ## run all chapters anew, in place
	@$(BIN)/jupyter nbconvert --log-level=ERROR --to notebook --inplace --execute \
	    --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.extra_arguments='["--log-level=ERROR"]' \
	    --ClearMetadataPreprocessor.enabled=True --ClearMetadataPreprocessor.preserve_nb_metadata_mask='{"kernelspec"}' \
	    --ClearMetadataPreprocessor.preserve_cell_metadata_mask='{"tags", "mystnb", "jupyter"}' chapters/*.ipynb

test: lint unit chapters strict browser  ## check everything

lint: .venv/testing
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/codespell
	@$(BIN)/mypy

unit: .venv/testing
	@$(BIN)/pytest --numprocesses=2 tests xent_lib --doctest-modules --ignore=tests/test_browser.py

chapters: .venv/testing
	@$(BIN)/pytest --numprocesses=2 --dist=loadfile --nbval --nbval-current-env --nbval-cell-timeout=120 chapters

strict: .venv/reading
	@$(BIN)/jupyter-book build --quiet --all -W -n --keep-going --path-output _build/strict .

browser: .venv/testing book
	@$(BIN)/pytest --numprocesses=2 tests/test_browser.py

net: .venv/testing  ## show that wrong numbers are caught: change some, and watch the tests fail
	@$(BIN)/pytest --numprocesses=2 tests/net.py

lock:  ## make the two lock files from the two .in files (needs uv)
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	    --no-header --upgrade requirements.in --output-file requirements.txt
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	    --no-header --upgrade requirements-test.in --output-file requirements-test.txt

clean:  ## remove the environment and everything built
	rm -rf .venv _build

.venv/reading: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	    { echo "$(PYTHON) is not Python 3.11 or newer: name one, as in  make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing the book's packages into .venv, once (about a minute) …"
	@$(PYTHON) -m venv .venv > /dev/null || \
	    { echo "$(PYTHON) cannot make an environment: its venv module is missing (Debian: python3-venv)" >&2; exit 1; }
	@$(call install,--requirement requirements.txt)
	@$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@

.venv/testing: .venv/reading requirements-test.txt
	@echo "Installing the test tools into .venv, once …"
	@$(call install,--requirement requirements-test.txt)
	@touch $@

define install
$(BIN)/pip install --quiet --retries 2 $(1) 2> .venv/install.log || \
    { echo "pip could not install $(lastword $(1)): is there a network? The whole story is in .venv/install.log" >&2; exit 1; }
endef

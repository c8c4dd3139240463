# Offhook. `make help` says what there is; a fresh Debian 12 with git and make needs nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
MEDIA_SOURCES := $(shell find crates -name '*.rs' -o -name 'Cargo.toml') Cargo.toml Cargo.lock
VOICE_URL ?=
# Most of a test with a real phone is waiting: a third process keeps two cores busy.
TESTS_AT_ONCE ?= 3
DEMO_CALLERS ?=

.PHONY: build
build: $(VENV)/.made  ## set up everything: after it, .venv/bin/offhook runs
	@$(MAKE) --silent --jobs=2 $(VENV)/.python $(VENV)/.media  # the compiler leaves one core idle

.PHONY: build-dev
build-dev: build
	@$(MAKE) --silent $(VENV)/.dev

.PHONY: run
run: build  ## start a node with the demo; VOICE_URL=http://localhost:3000/voice adds your own application, DEMO_CALLERS=192.168.1.0/24 lets others call
	@exec $(VENV)/bin/offhook serve --demo $(if $(VOICE_URL),--voice-url '$(VOICE_URL)') $(if $(DEMO_CALLERS),--demo-callers '$(DEMO_CALLERS)')

.PHONY: test
test: build-dev  ## install what the tests need, run every test
	@scripts/system_packages.sh test
	@scripts/node_sdk.sh >/dev/null
	@scripts/cargo.sh test --workspace --quiet
	@$(PY) -m pytest -n $(TESTS_AT_ONCE) --dist loadfile

.PHONY: lint
lint: build-dev  ## format, lint, types, floors, stub against binary
	@scripts/system_packages.sh lint
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PY) scripts/check_stub.py
	@scripts/cargo.sh fmt --all --check
	@scripts/cargo.sh clippy --workspace --all-targets --all-features --quiet -- -D warnings

.PHONY: format
format: build-dev  ## rewrite the sources in the house format
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format .
	@scripts/cargo.sh fmt --all

.PHONY: bench
bench: build-dev  ## measure ours beside the limit in one run; BENCH=name for one row
	@$(PY) -m bench $(BENCH)

.PHONY: fuzz
fuzz: build-dev  ## feed the parsers of SIP, then those of the media core, with mutations for FUZZ_SECONDS (60) each
	@scripts/system_packages.sh test
	@$(PY) -m tests.fuzz.sip --seconds $(or $(FUZZ_SECONDS),60)
	@scripts/cargo.sh run --profile fuzz --example fuzz --quiet -- $(or $(FUZZ_SECONDS),60)

.PHONY: wheel
wheel: build  ## build the wheel into wheels/
	@PATH="$$(scripts/cargo.sh --path):$$PATH" $(VENV)/bin/maturin build --release --out wheels

.PHONY: clean
clean:  ## remove what was built, keep the data
	rm -rf $(VENV) target wheels src/offhook/_media*.so

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*##[[:space:]]*/\1\t/' | expand -t 10

# The virtual environment, with what compiles Rust's half in it.
$(VENV)/.made: pyproject.toml constraints.txt scripts/python_env.sh
	@scripts/system_packages.sh build
	@scripts/python_env.sh $(VENV)
	@touch $@

# Python's half: what the product imports, and its examples, in the versions of constraints.txt.
$(VENV)/.python: $(VENV)/.made
	@scripts/python_env.sh $(VENV) fast postgres mp3 asr examples
	@touch $@

# What the tests and the checks need besides.
$(VENV)/.dev: $(VENV)/.python
	@scripts/python_env.sh $(VENV) dev
	@touch $@

# Rust's half: the media core, built in place and installed with the package in editable form.
$(VENV)/.media: $(VENV)/.made $(MEDIA_SOURCES)
	@PATH="$$(scripts/cargo.sh --path):$$PATH" VIRTUAL_ENV="$(CURDIR)/$(VENV)" \
	  $(VENV)/bin/maturin develop --release --quiet --skip-install >$(VENV)/maturin.log 2>&1 \
	  || { cat $(VENV)/maturin.log >&2; exit 1; }
	@$(PY) scripts/install_editable.py
	@touch $@

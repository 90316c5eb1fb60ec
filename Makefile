# Everything a developer or CI runs. `.ci/run` is `check`, `test` and `interop` on a machine that has nothing yet.

CARGO ?= cargo
PYTHON ?= python3
VENV ?= .venv
NPM ?= npm
AZURITE := $(VENV)/azurite-3.37.0
LAKE ?= ./lake
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)
DENY := $(shell $(CARGO) deny --version >/dev/null 2>&1 && echo yes)
ADVISORIES := https://github.com/rustsec/advisory-db

.DEFAULT_GOAL := help
.PHONY: help demo test doctest check fmt lint rustdoc deny advisories interop soak bench doc

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## A made-up Jira site, extracted over HTTP into ./lake
	$(CARGO) run --quiet -- demo --destination $(LAKE)

test: doctest ## The whole suite
ifeq ($(NEXTEST),yes)
	$(CARGO) nextest run --workspace
else
	$(CARGO) test --workspace --lib --bins --tests
endif

doctest:
	$(CARGO) test --workspace --doc

check: fmt lint rustdoc deny advisories ## Format, lints, documentation, dependencies

fmt:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy --package jira-feeds --no-default-features -- -D warnings
	$(CARGO) clippy --package jira-feeds --no-default-features --features gcs -- -D warnings
	$(CARGO) clippy --package jira-feeds --features keyring -- -D warnings

rustdoc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --workspace

deny:
ifeq ($(DENY),yes)
	$(CARGO) deny --log-level error check bans licenses sources
else
	@echo "make check needs cargo-deny: cargo install cargo-deny --locked" >&2; exit 1
endif

# Findings fail. Only a database that cannot be reached does not: then nothing is known, and that is said.
advisories: deny
	@if git ls-remote --quiet $(ADVISORIES) HEAD >/dev/null 2>&1; then \
		$(CARGO) deny --log-level error check advisories; \
	else \
		echo "WARNING: advisories were NOT checked: $(ADVISORIES) cannot be reached from here" >&2; \
	fi

interop: $(VENV)/.interop $(AZURITE) ## DuckDB and pyarrow read what was written, on object stores too; views are run; a terminal asks for a token
	$(CARGO) build
	@lake=$$(mktemp -d) && trap 'rm -rf "$$lake"' EXIT && \
	$(CARGO) run --quiet -- --quiet demo --issues 300 --destination "$$lake" && \
	JIRA_FEEDS_LAKE="$$lake" JIRA_FEEDS_BINARY="$(abspath target/debug/jira-feeds)" \
	JIRA_FEEDS_LAKE_TESTS="$$($(LAKE_TESTS))" \
	JIRA_FEEDS_AZURITE="$(abspath $(AZURITE))/node_modules/azurite/dist/src/blob/main.js" \
	$(VENV)/bin/python -m pytest -rs tests/interop

# The program with the tests of the lake, as cargo names it.
LAKE_TESTS := $(CARGO) test --lib --no-run --message-format json 2>/dev/null \
	| sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1

# Without npm its tests are skipped, and say so.
$(AZURITE):
	@if $(NPM) --version >/dev/null 2>&1; then \
		$(NPM) install --silent --no-audit --no-fund --ignore-scripts --prefix $@ azurite@$(subst azurite-,,$(notdir $@)); \
	else \
		echo "WARNING: lakes on Azure are NOT tested: npm is not installed" >&2; \
	fi

$(VENV)/.interop: tests/interop/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# One seed replays with JIRA_FEEDS_SEED=n. Figures of docs/reliability.md come from here. Optimised, since a year of
# hourly runs is some 9,000; TMPDIR=/dev/shm spares the disk.
SEEDS ?= 12
HOURS ?= 8760
SOAKED := test(/^histories::/) + test(/^hourly::/)
soak: ## Random histories and a year of hourly runs: SEEDS=200 for more, SOAKED='test(hourly)' for some; a table of figures
	@mkdir -p target
	@JIRA_FEEDS_SOAK=$(SEEDS) JIRA_FEEDS_HOURS=$(HOURS) $(CARGO) nextest run --cargo-profile release --test e2e --no-fail-fast \
		--success-output final --filterset '$(SOAKED)' 2>&1 | tee target/soak.log | sed '/FIGURES/d'; \
	echo "seeds 1 to $(SEEDS)"; \
	sed -n 's/.*FIGURES \([^ ]*\) \(.*\)/\1\t\2/p' target/soak.log | sort -u; \
	! grep -qE '^ +(FAIL|SIGNAL|TIMEOUT) |^error' target/soak.log

bench: ## Ratios to a floor measured in the same run, in release; the memory of a large run
	$(CARGO) bench --bench '*'

doc: ## The API documentation, into target/doc
	$(CARGO) doc --no-deps --workspace

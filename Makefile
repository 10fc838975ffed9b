# The two commands a newcomer needs are `make up` and `make test`; `make help` lists the rest.
# Flags go through ARGS: make up ARGS="--nodes 12"

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SWIFT ?= swift
ARGS ?=
SECONDS_EACH ?= 60

# A target that imports a module it does not list fails to build.
FLAGS := --explicit-target-dependency-import-check error
# With a lock file, a version that differs from it is an error, never a silent change.
FLAGS += $(if $(wildcard Package.resolved),--disable-automatic-resolution)

# Of the executable that people run. With the Swift runtime in it and at a fixed place it has next to nothing to relocate,
# so it starts sooner, and the processes of a network share pages that each would otherwise have for itself.
RELEASE := -c release --product testnet $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib -Xlinker -no-pie)

SOURCES := Package.swift Plugins Sources Tests $(wildcard Benchmarks/Package.swift Benchmarks/Sources) \
	Fuzz/Package.swift Fuzz/Sources/Parsers
SCRIPTS := .ci/run $(wildcard Makefile.d/*.sh)
TESTNET := .build/release/testnet

# Homebrew's headers and libraries are not on the compiler's default path.
ifeq ($(shell uname -s),Darwin)
BREW ?= $(firstword $(wildcard /opt/homebrew /usr/local))
OPENSSL := $(BREW)/opt/openssl@3
SQLITE := $(BREW)/opt/sqlite
export CPATH := $(BREW)/include:$(OPENSSL)/include:$(SQLITE)/include:$(CPATH)
export LIBRARY_PATH := $(BREW)/lib:$(OPENSSL)/lib:$(SQLITE)/lib:$(LIBRARY_PATH)
endif

.PHONY: help setup build tests python up verify smoke test check format lint tidy replay fuzz nginx bench soak histories clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## Install the system libraries that are missing (apt or brew)
	@Makefile.d/setup.sh

build: setup ## Build the release executable, .build/release/testnet
	@echo "building testnet (release; the first build takes some minutes)"
	@SWIFT="$(SWIFT)" Makefile.d/build.sh $(RELEASE) $(FLAGS)

up: build ## Run a network until Ctrl-C
	@$(TESTNET) up $(ARGS)

verify: build ## Start a network, deliver messages, judge, stop
	@$(TESTNET) verify $(ARGS)

smoke: build ## Run the release executable once in each mode: it is linked in another way than the tests
	@for mode in in-process subprocess simulated; do \
		echo "verify --mode $$mode"; \
		$(TESTNET) verify --mode $$mode --nodes 10 --seed 1 --logs .build/smoke --json >.build/smoke.json || \
			{ cat .build/smoke.json; exit 1; }; \
	done

# Debug build of everything, tests included.
tests: setup
	@echo "building everything with its tests (debug; the first build takes some minutes)"
	@SWIFT="$(SWIFT)" Makefile.d/build.sh --build-tests $(FLAGS)

# The Python that some tests run, in .build/python.
python: setup
	@Makefile.d/python.sh

test: tests python ## Run every test
	@$(SWIFT) test --skip-build --disable-xctest $(ARGS)

check: lint tests tidy replay ## Check format, imports, warnings, the rules of the sources, and the fuzzer's corpus

lint: ## Check format and style, changing nothing
	@for script in $(SCRIPTS); do bash -n "$$script"; done
	@$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)
	@echo "format and style are clean"

# A filter that matches nothing passes, so the tests are looked for first.
tidy: tests
	@$(SWIFT) test list --skip-build | grep -c '^TidyTests\.' >/dev/null || { echo "no tidy tests were built" >&2; exit 1; }
	@$(SWIFT) test --skip-build --disable-xctest --filter TidyTests

# Every input that ever taught the fuzzer something goes through its parser again.
replay: setup
	@SWIFT="$(SWIFT)" Makefile.d/fuzz.sh replay

fuzz: setup ## Look for bytes that break a parser, a minute for each (ARGS="bencode json" for some)
	@SWIFT="$(SWIFT)" Makefile.d/fuzz.sh run $(SECONDS_EACH) $(ARGS)

format: ## Format every source in place
	@$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

# The server that requests are compared with, in .build/nginx.
nginx:
	@Makefile.d/nginx.sh

bench: build nginx ## Measure start, delivery, stop, memory and requests against their targets
	@$(SWIFT) run --package-path Benchmarks -c release bench $(ARGS)

soak: build python ## Break a network at random for 20 minutes: nothing acknowledged may be lost or come back
	@.build/python/bin/python Benchmarks/soak/soak.py --testnet $(TESTNET) $(ARGS)

histories: tests ## Break swarms in virtual time in 300 ways, each of its own seed
	@HISTORIES=300 $(SWIFT) test --skip-build --disable-xctest --filter RandomHistoryTests

clean: ## Remove build products and the logs of past runs
	@rm -rf .build Benchmarks/.build Fuzz/.build
	@find logs -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

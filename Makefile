# Every command is a script of scripts/, sets up what it needs and says what it does. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup run watch test e2e fuzz e2e-nat bench dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## all tools for everything below, also those that only developing needs
	@scripts/setup.sh

run: ## build the release binary and start it on http://localhost:3000 (ARGS="--help" shows its flags)
	@scripts/run.sh $(ARGS)

watch: ## live reload while you edit: cargo leptos watch
	@scripts/watch.sh

test: ## all tests: native, then calls between real browsers, then those between networks
	@scripts/test.sh

e2e: ## only the browser tests
	@scripts/test.sh e2e

e2e-nat: ## only the tests between networks: NATs, firewalls, IPv6 (root, on Linux)
	@scripts/test.sh nat

fuzz: ## every parser that faces the network, a minute each
	@scripts/fuzz.sh

bench: ## the comparison with the reference, as a table
	@scripts/bench.sh

dist: ## the one file to deploy, static and tried: dist/parlour
	@scripts/dist.sh

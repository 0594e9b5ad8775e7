# Everything a person does here; `make help` lists it. The work itself is in scripts/.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# One target folder for all clones, outside of them: the dependencies are built once, and deleting a clone
# leaves nothing behind in it.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/countersign/target
export PATH := $(PATH):$(HOME)/.cargo/bin
export PORT LAN LAN_ADDRESS DIR

.PHONY: help setup run test lint docs qr-pictures

help: ## this list
	@echo "Countersign: sign in by scanning a code. What one does here:"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
	  printf '  make %-12s %s\n' "$$name" "$$what"; done
	@echo
	@echo "First time: make run. Before a commit: make test. How and why: CONTRIBUTING.md."

setup: ## install what is missing (Debian as root), or say what is; quick when nothing is
	@scripts/setup

run: ## build and start a demo, with an account to try it with (PORT=8080; LAN=1: for your phone, too)
	@scripts/setup build
	@scripts/run

test: setup ## everything that decides whether a change is good (some minutes)
	@scripts/test all

lint: setup ## only the part of `make test` that runs nothing: format, lints, types, docs, licences
	@scripts/test lint

docs: ## the crates' reference, as pages to open in a browser
	@scripts/setup build
	@cargo doc --workspace --no-deps --locked
	@echo "Open $(CARGO_TARGET_DIR)/doc/countersign_core/index.html"

qr-pictures: ## read a folder of photographed codes: DIR=folder (NAME.png beside NAME.txt)
	@scripts/setup build
	@scripts/qr-pictures

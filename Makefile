.DEFAULT_GOAL := help
.PHONY: help test lint fmt bench demo fuzz licences advisories sbom clean-tools

FUZZ_SECONDS ?= 60

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## Everything that must hold, on SQLite and on PostgreSQL; installs what it needs
	@scripts/test.sh

lint: ## Formatting and lints only
	cargo fmt --all --check
	cargo fmt --manifest-path browser/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	@scripts/browser.sh lint

fmt: ## Format the code
	cargo fmt --all
	cargo fmt --manifest-path browser/Cargo.toml

bench: ## Every figure that README and docs quote, beside its baseline, into docs/FIGURES.md
	@scripts/setup-test-tools.sh
	cargo build --release -p bailiwick -p benches
	scripts/with-postgres.sh --durable cargo run --release -p benches -- --markdown docs/FIGURES.md

demo: ## The main job, told step by step
	cargo run --release -p bailiwick -- demo

fuzz: ## Each fuzz target for FUZZ_SECONDS (60); wants nightly Rust and cargo-fuzz
	set -e; for target in $$(cargo +nightly fuzz list); do \
		cargo +nightly fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS); \
	done

licences: ## Licences, banned crates and sources of all dependencies, against deny.toml
	@scripts/supply/check.sh licences

advisories: ## Known vulnerabilities in dependencies; fetches the list from GitHub
	@scripts/setup-test-tools.sh
	PATH="$${BAILIWICK_TOOLS:-$$PWD/target/tools}/bin:$$PATH" cargo deny --locked check advisories

sbom: ## What is in the binary, as a CycloneDX bill of materials: target/sbom/bailiwick.cdx.json
	@scripts/supply/check.sh sbom

clean-tools: ## Remove what `make test` installed under target/tools (not the system's packages)
	rm -rf "$${BAILIWICK_TOOLS:-target/tools}"

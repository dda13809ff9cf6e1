# Two commands do everything: `make demo` and `make test`. Each installs what it needs; `make help` lists all targets, whose
# recipes are in the files of mk/.

include mk/common.mk
include $(filter-out mk/common.mk,$(wildcard mk/*.mk))

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: demo
demo: packages ## Build, start an Entra emulator and the sidecar, get a token as a legacy app would
	cargo build --quiet --bin wispctl
	target/debug/wispctl demo $(DEMO_FLAGS)

# First all that is only built or installed; then what measures most closely. Clients mostly wait: they share the machine with what ships
# being built, two programs of which one waits for the other, and with suites that measure nothing, one after the other. Then a cluster,
# which keeps two processors busy; at the end one of their own for the tests that take a cluster apart. The table stands at the end,
# whether all is well or not.
TIMES := $(CURDIR)/target/timings
AT_ONCE = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(1)) --output-sync=target
BESIDE_CLIENTS := image-root deploy-test inject-test identity-test monitoring-test report-test docs-test image-test
ifneq ($(filter client-test,$(MAKECMDGOALS)),)
inject-test: | deploy-test
identity-test: | inject-test
monitoring-test: | identity-test
report-test: | monitoring-test
docs-test: | report-test
image-test: | docs-test
endif
.PHONY: test
test: ## Everything that must be green, and how many seconds each part took
	@mkdir -p target && rm -f $(TIMES)
	@run() { $(MAKE) --no-print-directory TIMINGS=$(TIMES) "$$@"; }; \
	run $(call AT_ONCE,4) prepare && run rust-test && run $(call AT_ONCE,4) NICE='nice -n 19' client-test $(BESIDE_CLIENTS) && \
	run cluster-test-together && run $(call AT_ONCE,2) cluster-test-alone flood-test || status=$$?; \
	mk/timings.sh $(TIMES) $$SECONDS; exit $${status:-0}

.PHONY: prepare
prepare: format lint python-lint programs docs deny workflows clients image-test-packages report-test-packages cluster-parts $(addprefix $(STAMPS)/,azwi azwi-webhook real-manifests real-pod-identity deploy registry prometheus image-tools aasvg) ## What needs no test to run: checks, builds and installs
ifneq ($(filter prepare,$(MAKECMDGOALS)),)
# Cargo does one thing at a time.
programs: | lint
docs: | programs
endif

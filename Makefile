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

# The table stands at the end, whether all is well or not.
.PHONY: test
test: ## Everything that must be green, and how many seconds each part took
	@mkdir -p target && rm -f $(CURDIR)/target/timings
	@$(MAKE) --no-print-directory all-tests TIMINGS=$(CURDIR)/target/timings || status=$$?; mk/timings.sh target/timings $$SECONDS; exit $${status:-0}

.PHONY: all-tests
all-tests: format lint rust-test docs deny client-test inject-test deploy-test image-test flood-test docs-test

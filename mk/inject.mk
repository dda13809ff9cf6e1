# The tests of injection, and what they need. Reads python.mk, go.mk and rust.mk.

.PHONY: inject-test
inject-test: programs $(STAMPS)/venv $(STAMPS)/azwi $(addprefix $(STAMPS)/,real-manifests real-pod-identity) ## What wispctl writes, read by PyYAML, Kubernetes' schemas, Pod Security's rules, and azwi's webhook
	$(NICE) $(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 2 tests/inject

# The webhook of Azure workload identity. Its dependencies are most of Kubernetes' API, so nothing is optimised that runs once.
AZWI := tests/inject/azwi
$(STAMPS)/azwi: $(wildcard $(addprefix $(AZWI)/,*.go go.* mlog/*)) $(STAMPS)/go-wheel
	mkdir -p target/azwi
	env $(GO_ENV) $(GO) build -C $(AZWI) -ldflags=-s -o $(CURDIR)/target/azwi/azwi .
	@mkdir -p $(STAMPS) && touch $@

# Its own program, for a cluster, and the manifest by which it is installed.
$(STAMPS)/azwi-webhook: $(wildcard $(addprefix $(AZWI)/,go.* mlog/*)) $(STAMPS)/go-wheel
	mkdir -p target/azwi
	env $(GO_ENV) $(GO) build -C $(AZWI) -ldflags=-s -o $(CURDIR)/target/azwi/webhook tool
	cp $$(env $(GO_ENV) $(GO) -C $(AZWI) list -m -f '{{.Dir}}' github.com/Azure/azure-workload-identity)/deploy/azure-wi-webhook.yaml target/azwi
	@mkdir -p $(STAMPS) && touch $@

# Manifests of other projects, which come as Go modules: fetched, and checked against go.sum.
REAL := tests/inject/real
$(STAMPS)/real-manifests: $(REAL)/go.mod $(REAL)/go.sum $(STAMPS)/go-wheel
	env $(GO_ENV) $(GO) -C $(REAL) mod download -json $$(sed -n 's/^\t\([^ ]*\) v.*/\1/p' $<) > target/real-manifests.json
	@mkdir -p $(STAMPS) && touch $@

# The same for inventories: projects that use pod-managed identity, or did.
REAL_POD_IDENTITY := tests/migrate/real
$(STAMPS)/real-pod-identity: $(REAL_POD_IDENTITY)/go.mod $(REAL_POD_IDENTITY)/go.sum $(STAMPS)/go-wheel
	env $(GO_ENV) $(GO) -C $(REAL_POD_IDENTITY) mod download -json $$(sed -n 's/^\t\([^ ]*\) v.*/\1/p' $<) > target/real-pod-identity.json
	@mkdir -p $(STAMPS) && touch $@

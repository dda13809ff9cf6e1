# What the tests of injection need, below target/; read by the Makefile at the top.

# The webhook of Azure workload identity. Its dependencies are most of Kubernetes' API, so nothing is optimised that runs once.
AZWI := tests/inject/azwi
$(STAMPS)/azwi: $(wildcard $(addprefix $(AZWI)/,*.go go.* mlog/*)) $(STAMPS)/go-wheel
	mkdir -p target/azwi
	env $(GO_ENV) $(GO) build -C $(AZWI) -buildvcs=false -gcflags='all=-N -l' -ldflags=-s -o $(CURDIR)/target/azwi/azwi .
	@mkdir -p $(STAMPS) && touch $@

# Manifests of other projects, which come as Go modules: fetched, and checked against go.sum.
REAL := tests/inject/real
$(STAMPS)/real-manifests: $(REAL)/go.mod $(REAL)/go.sum $(STAMPS)/go-wheel
	env $(GO_ENV) $(GO) -C $(REAL) mod download -json $$(sed -n 's/^\t\([^ ]*\) v.*/\1/p' $<) > target/real-manifests.json
	@mkdir -p $(STAMPS) && touch $@

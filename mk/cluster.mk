# A real Kubernetes of one node, and the tests in it. Reads python.mk, go.mk, clients.mk, deploy.mk, inject.mk,
# monitoring.mk and image.mk.

CLUSTER := tests/cluster
CLUSTER_PROGRAMS := kubernetes older-apiserver
CLUSTER_PARTS := $(addprefix $(STAMPS)/,$(CLUSTER_PROGRAMS:%=cluster-%) cluster-debian venv deploy prometheus)

.PHONY: cluster
cluster: cluster-parts image-root ## A real Kubernetes to play with, until Ctrl-C; as root
	cargo build --quiet --bin wispctl
	$(SUDO) $(VENV)/bin/python $(CLUSTER)/run.py

# Pods mostly wait. What kills parts of the cluster, or measures closely, has it for itself, after the others.
CLUSTER_TESTS := cluster-test cluster-test-together cluster-test-alone
.PHONY: $(CLUSTER_TESTS)
cluster-test: ## What only a real kubelet and API server can show; as root
$(CLUSTER_TESTS): cluster-parts image-root clients programs $(STAMPS)/azwi-webhook $(STAMPS)/kyverno $(STAMPS)/pod-identity
	$(SUDO) $(VENV)/bin/python $(CLUSTER)/run.py -- $(CLUSTER)/all.sh $(@:cluster-test%=%)

.PHONY: cluster-parts
cluster-parts: image-test-packages $(CLUSTER_PARTS)

# All of Kubernetes in one program, and the API server of an older one. Each takes minutes to build, once, and does not start without
# its version.
$(CLUSTER_PROGRAMS:%=$(STAMPS)/cluster-%): $(STAMPS)/cluster-%: $(addprefix $(CLUSTER)/%/,go.mod go.sum main.go) $(STAMPS)/go-wheel
	mkdir -p target/cluster
	version=$$(sed -n 's/^\tk8s.io\/kubernetes v//p' $<); IFS=. read -r major minor _ <<< "$$version"; labels=k8s.io/component-base/version; \
	env $(GO_ENV) $(GO) build -C $(CLUSTER)/$* -o $(CURDIR)/target/cluster/$* \
		-ldflags="-s -w -X $$labels.gitVersion=v$$version -X $$labels.gitMajor=$$major -X $$labels.gitMinor=$$minor" .
	@mkdir -p $(STAMPS) && touch $@

# containerd, plug-ins of CNI, an init, busybox.
$(STAMPS)/cluster-debian: $(CLUSTER)/debian.txt mk/unpack.sh | packages
	@mk/apt.sh
	flock $(STAMPS)/apt.lock mk/unpack.sh $(CLUSTER)/debian.txt target/cluster/debian
	@mkdir -p $(STAMPS) && touch $@

# The schema of Kyverno's policies, which comes with its Go module.
KYVERNO := $(CLUSTER)/kyverno
$(STAMPS)/kyverno: $(KYVERNO)/go.mod $(KYVERNO)/go.sum $(STAMPS)/go-wheel
	mkdir -p target/kyverno
	env $(GO_ENV) $(GO) -C $(KYVERNO) mod download -json github.com/kyverno/kyverno > target/kyverno/module.json
	install -m 644 "$$(sed -n 's/^\t"Dir": "\(.*\)",$$/\1/p' target/kyverno/module.json)/config/crds/policies.kyverno.io/policies.kyverno.io_validatingpolicies.yaml" target/kyverno
	@mkdir -p $(STAMPS) && touch $@

# The schema of pod-managed identity's objects, which comes with its Go module.
POD_IDENTITY := $(CLUSTER)/pod-identity
$(STAMPS)/pod-identity: $(POD_IDENTITY)/go.mod $(POD_IDENTITY)/go.sum $(STAMPS)/go-wheel
	mkdir -p target/pod-identity
	env $(GO_ENV) $(GO) -C $(POD_IDENTITY) mod download -json github.com/Azure/aad-pod-identity > target/pod-identity/module.json
	install -m 644 "$$(sed -n 's/^\t"Dir": "\(.*\)",$$/\1/p' target/pod-identity/module.json)/config/crd/aadpodidentity.k8s.io.yaml" target/pod-identity
	@mkdir -p $(STAMPS) && touch $@

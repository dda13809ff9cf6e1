# A real Kubernetes of one node, and the tests in it. Reads python.mk, go.mk, clients.mk, deploy.mk, inject.mk and
# image.mk.

CLUSTER := tests/cluster
CLUSTER_PARTS := $(addprefix $(STAMPS)/,cluster-kubernetes cluster-debian venv deploy)

.PHONY: cluster
cluster: cluster-parts image-root ## A real Kubernetes to play with, until Ctrl-C; as root
	cargo build --quiet --bin wispctl
	$(SUDO) $(VENV)/bin/python $(CLUSTER)/run.py

# Pods mostly wait. What kills parts of the cluster has it for itself, after the others.
.PHONY: cluster-test
cluster-test: cluster-parts image-root clients programs $(STAMPS)/azwi-webhook ## What only a real kubelet and API server can show; as root
	$(SUDO) $(VENV)/bin/python $(CLUSTER)/run.py -- $(CLUSTER)/all.sh

.PHONY: cluster-parts
cluster-parts: image-test-packages $(CLUSTER_PARTS)

# All of Kubernetes in one program, which takes minutes to build, once. It does not start without its version.
KUBERNETES := $(CLUSTER)/program
KUBERNETES_VERSION := $(shell sed -n 's/^\tk8s.io\/kubernetes v//p' $(KUBERNETES)/go.mod)
KUBERNETES_LABELS := gitVersion=v$(KUBERNETES_VERSION) gitMajor=$(word 1,$(subst ., ,$(KUBERNETES_VERSION))) gitMinor=$(word 2,$(subst ., ,$(KUBERNETES_VERSION)))
$(STAMPS)/cluster-kubernetes: $(addprefix $(KUBERNETES)/,main.go go.mod go.sum) $(STAMPS)/go-wheel
	mkdir -p target/cluster
	env $(GO_ENV) $(GO) build -C $(KUBERNETES) -buildvcs=false -trimpath -o $(CURDIR)/target/cluster/kubernetes \
		-ldflags='-s -w $(addprefix -X k8s.io/component-base/version.,$(KUBERNETES_LABELS))' .
	@mkdir -p $(STAMPS) && touch $@

# containerd, plug-ins of CNI, an init, busybox.
$(STAMPS)/cluster-debian: $(CLUSTER)/debian.txt mk/unpack.sh | packages
	@mk/apt.sh
	flock $(STAMPS)/apt.lock mk/unpack.sh $(CLUSTER)/debian.txt target/cluster/debian
	@mkdir -p $(STAMPS) && touch $@

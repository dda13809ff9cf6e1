// Not a program: modules whose manifests test_real.py reads, fetched and checked as Go modules are.
module wisp.example/tests/inject/real

go 1.25

require (
	github.com/Azure/azure-workload-identity v1.6.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	istio.io/istio v0.0.0-20260827124520-eed52ebb66ad
	k8s.io/kubernetes v1.31.0
	knative.dev/serving v0.51.0
)

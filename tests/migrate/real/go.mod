// Not a program: modules whose manifests test_inventory.py reads, fetched and checked as Go modules are.
module wisp.example/tests/migrate/real

go 1.25

require (
	github.com/Azure/aad-pod-identity v1.8.17
	github.com/Azure/azure-service-operator/v2 v2.0.0
	github.com/Azure/azure-workload-identity v1.6.0
	github.com/Azure/secrets-store-csi-driver-provider-azure v1.0.0
	github.com/cert-manager/cert-manager v1.9.0
	github.com/external-secrets/external-secrets v0.9.0
	github.com/kedacore/keda/v2 v2.10.0
	sigs.k8s.io/cluster-api-provider-azure v1.5.0
)

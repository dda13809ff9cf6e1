// Not a program: the module whose schema of pod-managed identity test_adopt.py installs, fetched and checked as Go modules are.
module wisp/tests/cluster/pod-identity

go 1.25

require github.com/Azure/aad-pod-identity v1.8.17

// Not a program: the module whose schema of policies test_policy.py reads, fetched and checked as Go modules are.
module wisp/tests/cluster/kyverno

go 1.25

require github.com/kyverno/kyverno v1.19.1

#!/usr/bin/env bash
# The way back to pod-managed identity, written by wispctl: from wherever the migration is. Running it again changes nothing.
#
#   bash rollback.sh [NAMESPACE...]   the workloads of these namespaces, or of all; the objects of pod-managed identity come back in all
#                                     namespaces, for a binding may be of another one
#
# It needs kubectl for the cluster, and wispctl where wisp is to be taken out of manifests. Put your sources back first, where these
# are applied by themselves. Service accounts and federated credentials stay: nobody uses them then, and they cost nothing.
set -euo pipefail

for word in "$@"; do
  case "$word" in
    -*)
      echo "usage: bash $0 [NAMESPACE...]" >&2
      exit 64
      ;;
  esac
done
chosen=("$@")
here=$(cd "$(dirname "$0")" && pwd)
wrong=0

say() { printf '%s\n' "$*" >&2; }

by_hand() {
  say "by hand: $*"
  wrong=1
}

# namespace NAME: whether it is meant.
namespace() {
  local name
  [ "${#chosen[@]}" -gt 0 ] || return 0
  for name in "${chosen[@]}"; do
    [ "$name" != "$1" ] || return 0
  done
  return 1
}

# workload NAMESPACE RESOURCE PATCH [uninject [FLAG...]]: as it was, in one roll-out.
workload() {
  local namespace=$1 resource=$2 patch=$here/$3 object before
  shift 3
  before=$(kubectl get "$resource" --namespace "$namespace" --output yaml --ignore-not-found)
  if [ -z "$before" ]; then
    by_hand "$resource of namespace $namespace is not there: make it anew from its source"
    return
  fi
  object=$before
  if [ "${1-}" = uninject ]; then
    shift
    object=$(wispctl uninject "$@" - <<<"$before")
  fi
  object=$(kubectl patch --local --filename - --type merge --patch-file "$patch" --output yaml <<<"$object")
  kubectl replace --filename - <<<"$object" >&2
}

# rolled_out NAMESPACE RESOURCE
rolled_out() {
  kubectl rollout status "$2" --namespace "$1" --timeout 10m >&2 || wrong=1
}

cluster() {
  if [ -z "${GROUP-}" ] || [ -z "${CLUSTER-}" ]; then
    say "set GROUP and CLUSTER to the resource group and the name of the AKS cluster"
    exit 64
  fi
}

# add_on NAMESPACE NAME LABEL RESOURCE_ID: the AKS add-on owns identity and binding.
add_on() {
  local found
  cluster
  found=$(kubectl get azureidentities.aadpodidentity.k8s.io "$2" --namespace "$1" --output name --ignore-not-found)
  [ -n "$found" ] || az aks pod-identity add --resource-group "$GROUP" --cluster-name "$CLUSTER" --namespace "$1" --name "$2" \
    --binding-selector "$3" --identity-resource-id "$4" --output none
}

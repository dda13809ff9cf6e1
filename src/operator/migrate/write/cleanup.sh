#!/usr/bin/env bash
# The end of a migration off pod-managed identity, written by wispctl. Running it again changes nothing that is gone.
#
#   bash cleanup.sh [--dry-run] [NAMESPACE...]   removes the objects that the workloads of these namespaces had, or of all; what a
#                                                pod or a template still asks for by its label stays, and the exit code is 1
#   bash cleanup.sh [--dry-run] --pod-identity   the very end: pod-managed identity itself, once nobody asks any more
#
# It needs kubectl for the cluster. What the AKS add-on owns goes by the Azure CLI: set GROUP and CLUSTER to the cluster's
# resource group and name.
set -euo pipefail

dry='' last='' chosen=()
for word in "$@"; do
  case "$word" in
    --dry-run) dry=yes ;;
    --pod-identity) last=yes ;;
    -*)
      echo "usage: bash $0 [--dry-run] [--pod-identity | NAMESPACE...]" >&2
      exit 64
      ;;
    *) chosen+=("$word") ;;
  esac
done
wrong=0

say() { printf '%s\n' "$*" >&2; }

stays() {
  say "stays: $*"
  wrong=1
}

# namespace NAME: whether it is meant.
namespace() {
  local name
  [ -z "$last" ] || return 1
  [ "${#chosen[@]}" -gt 0 ] || return 0
  for name in "${chosen[@]}"; do
    [ "$name" != "$1" ] || return 0
  done
  return 1
}

run() {
  if [ -n "$dry" ]; then
    say "would run: $*"
  else
    "$@" >&2
  fi
}

# users LABEL: what still asks by this label: pods that run, and templates that would make some. It fails where they cannot be listed: then
# nobody knows, and what is deleted may be in use.
users() {
  local equal="aadpodidbinding==\"$1\"" line='{.kind} {.metadata.namespace}/{.metadata.name}{"\n"}{end}'
  kubectl get pods --all-namespaces --selector "aadpodidbinding=$1" --output name \
    --field-selector 'status.phase!=Succeeded,status.phase!=Failed' || return
  kubectl get deployments,statefulsets,daemonsets --all-namespaces \
    --output "jsonpath={range .items[?(@.spec.template.metadata.labels.$equal)]}$line" || return
  kubectl get cronjobs --all-namespaces \
    --output "jsonpath={range .items[?(@.spec.jobTemplate.spec.template.metadata.labels.$equal)]}$line"
}

# binding NAMESPACE NAME LABEL
binding() {
  local found
  found=$(users "$3") || {
    stays "AzureIdentityBinding $1/$2, for it cannot be seen who asks for its label $3"
    return
  }
  if [ -n "$found" ]; then
    stays "AzureIdentityBinding $1/$2, whose label $3 is asked for by ${found//$'\n'/, }"
    return
  fi
  run kubectl delete azureidentitybindings.aadpodidentity.k8s.io "$2" --namespace "$1" --ignore-not-found
}

# identity NAMESPACE NAME: as long as a binding names it, it stays.
identity() {
  local found
  found=$(kubectl get azureidentitybindings.aadpodidentity.k8s.io --namespace "$1" \
    --output "jsonpath={range .items[?(@.spec.azureIdentity==\"$2\")]}{.metadata.name}{\"\\n\"}{end}")
  if [ -n "$found" ] && [ -z "$dry" ]; then
    stays "AzureIdentity $1/$2, which is named by AzureIdentityBinding ${found//$'\n'/, }"
    return
  fi
  run kubectl delete azureidentities.aadpodidentity.k8s.io "$2" --namespace "$1" --ignore-not-found
}

cluster() {
  if [ -z "${GROUP-}" ] || [ -z "${CLUSTER-}" ]; then
    say "set GROUP and CLUSTER to the resource group and the name of the AKS cluster"
    exit 64
  fi
}

# add_on NAMESPACE NAME LABEL: the AKS add-on owns identity and binding.
add_on() {
  local found
  cluster
  found=$(users "$3") || {
    stays "AzureIdentity $1/$2 of the AKS add-on, for it cannot be seen who asks for its label $3"
    return
  }
  if [ -n "$found" ]; then
    stays "AzureIdentity $1/$2 of the AKS add-on, whose label $3 is asked for by ${found//$'\n'/, }"
    return
  fi
  run az aks pod-identity delete --resource-group "$GROUP" --cluster-name "$CLUSTER" --namespace "$1" --name "$2" --output none
}

# exception NAMESPACE NAME
exception() {
  run kubectl delete azurepodidentityexceptions.aadpodidentity.k8s.io "$2" --namespace "$1" --ignore-not-found
}

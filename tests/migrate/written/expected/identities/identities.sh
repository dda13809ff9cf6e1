#!/usr/bin/env bash
# Identities for service accounts, made by wispctl. Running it again changes nothing that is there.
#
#   bash FILE            makes what is missing, one write at a time
#   bash FILE --check    changes nothing; exit code 1 says that something is missing or differs
#
# It needs the Azure CLI 2.68 or newer, signed in with the right to write identities and role assignments.
set -euo pipefail

check=
case "${1-}" in
  '') ;;
  --check) check=yes ;;
  *)
    echo "usage: bash $0 [--check]" >&2
    exit 64
    ;;
esac

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
wrong=0

say() { printf '%s\n' "$*" >&2; }

differs() {
  say "wrong: $*"
  wrong=1
}

# Azure takes one write of a federated credential at a time for each identity (409), and one in four seconds (429). A new identity
# is not known everywhere at once.
busy='ConcurrentFederatedIdentityCredentialsWrites|TooManyRequests|Too Many Requests|throttl|Conflict|PrincipalNotFound'
busy+='|resource not found|\((409|429)\)'

patiently() {
  local pause=5 left=9 status
  while :; do
    status=0
    az "$@" --only-show-errors 2>"$errors" || status=$?
    [ "$status" -ne 0 ] || return 0
    if [ "$left" -eq 0 ] || grep -qi 'already exists' "$errors" || ! grep -qiE "$busy" "$errors"; then
      cat "$errors" >&2
      return "$status"
    fi
    left=$((left - 1))
    say "  Azure is busy: again in $pause s"
    sleep "$pause"
    pause=$((pause < 30 ? pause * 2 : 60))
  done
}

# managed SUBSCRIPTION GROUP NAME LOCATION [TAG...]: without a location the identity has to be there.
managed() {
  local subscription=$1 group=$2 name=$3 location=$4
  shift 4
  at=(--subscription "$subscription" --resource-group "$group")
  list=(identity federated-credential list "${at[@]}" --identity-name "$name")
  identity=$name
  find_managed
  if [ -z "$principal" ] && [ -z "$check" ] && [ -n "$location" ]; then
    patiently identity create "${at[@]}" --name "$name" --location "$location" ${1+--tags "$@"} --output none || exit 1
    say "identity $name: made; waiting 30 s until it is known"
    sleep 30
    find_managed
  fi
  if [ -z "$principal" ]; then
    differs "identity $name is not in resource group $group"
    return 1
  fi
  say "identity $name: client id $client"
}

# client_is CLIENT_ID: whether it is the identity that is meant, and not one that was made anew by its name.
client_is() {
  [ "$(lower "$client")" = "$1" ] || {
    differs "identity $identity has client id $client, not $1: it is another one"
    return 1
  }
}

# Azure does not look at the case of names. bash 3.2, which macOS has, cannot change it by itself.
lower() { printf '%s' "$1" | tr '[:upper:]' '[:lower:]'; }

find_managed() {
  local all name one two
  principal='' client=''
  all=$(patiently identity list "${at[@]}" --query '[].[name, clientId, principalId]' --output tsv) || exit 1
  while IFS=$'\t' read -r name one two; do
    if [ "$(lower "$name")" = "$(lower "$identity")" ]; then
      client=$one principal=$two
    fi
  done <<<"$all"
}

# application CLIENT_ID: an app registration, which has to be there.
application() {
  client=$1
  identity=$1
  list=(ad app federated-credential list --id "$client")
  principal=$(patiently ad sp show --id "$client" --query id --output tsv) || exit 1
  say "app registration $client"
}

# credential NAME ISSUER SUBJECT AUDIENCE [DOCUMENT]: the document is for app registrations.
credential() {
  local name=$1 issuer=$2 subject=$3 audience=$4 document=${5-} all has_name has_issuer has_subject has_audience
  all=$(patiently "${list[@]}" --query "[].[name, issuer, subject, join(' ', audiences)]" --output tsv) || exit 1
  while IFS=$'\t' read -r has_name has_issuer has_subject has_audience; do
    if [ "$has_issuer" = "$issuer" ] && [ "$has_subject" = "$subject" ]; then
      if [ "$has_name" != "$name" ]; then
        differs "credential $name is there by the name $has_name, and Azure takes an issuer and subject once: delete that one first"
      elif [ "$has_audience" != "$audience" ]; then
        differs "credential $name has the audience $has_audience, not $audience: delete it first"
      else
        say "  credential $name: there"
      fi
      return
    elif [ "$has_name" = "$name" ]; then
      differs "credential $name is there for $has_subject of $has_issuer: delete it first"
      return
    fi
  done <<<"$all"
  if [ -n "$check" ]; then
    differs "credential $name of $identity is missing"
    return
  fi
  if [ -n "$document" ]; then
    patiently ad app federated-credential create --id "$client" --parameters "$document" --output none || exit 1
  else
    patiently identity federated-credential create "${at[@]}" --identity-name "$identity" --name "$name" --issuer "$issuer" \
      --subject "$subject" --audiences "$audience" --output none || exit 1
  fi
  say "  credential $name: made"
  sleep 4
}

# role ROLE SCOPE
role() {
  local role=$1 scope=$2 count
  count=$(patiently role assignment list --assignee-object-id "$principal" --role "$role" --scope "$scope" \
    --fill-principal-name false --query 'length(@)' --output tsv) || exit 1
  if [ "$count" -ne 0 ]; then
    say "  role $role: there"
  elif [ -n "$check" ]; then
    differs "$identity has no role $role at $scope"
  else
    patiently role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
      --role "$role" --scope "$scope" --output none || exit 1
    say "  role $role: made"
  fi
}

if managed '00000000-0000-0000-0000-000000000001' 'shop' 'archive' '' && client_is '66666666-6666-6666-6666-666666666666'; then
  credential 'bills-archive-95e0c346' 'https://issuer.example/' 'system:serviceaccount:bills:archive' 'api://AzureADTokenExchange'
fi

if managed '00000000-0000-0000-0000-000000000001' 'shop' 'gateway' '' && client_is '55555555-5555-5555-5555-555555555555'; then
  credential 'edge-gateway-b34b9426' 'https://issuer.example/' 'system:serviceaccount:edge:gateway' 'api://AzureADTokenExchange'
fi

if managed '00000000-0000-0000-0000-000000000001' 'shop' 'ledger' '' && client_is '33333333-3333-3333-3333-333333333333'; then
  credential 'bills-agent-ce53e84d' 'https://issuer.example/' 'system:serviceaccount:bills:agent' 'api://AzureADTokenExchange'
  credential 'bills-ledger-6b82a779' 'https://issuer.example/' 'system:serviceaccount:bills:ledger' 'api://AzureADTokenExchange'
  credential 'bills-stuck-8b77725b' 'https://issuer.example/' 'system:serviceaccount:bills:stuck' 'api://AzureADTokenExchange'
  credential 'bills-taxes-4b5023e3' 'https://issuer.example/' 'system:serviceaccount:bills:taxes' 'api://AzureADTokenExchange'
fi

if managed '00000000-0000-0000-0000-000000000001' 'shop' 'orders' '' && client_is '11111111-1111-1111-1111-111111111111'; then
  credential 'shop-front-23594c9f' 'https://issuer.example/' 'system:serviceaccount:shop:front' 'api://AzureADTokenExchange'
  credential 'shop-orders-8a046bc9-efc73504' 'https://issuer.example/' 'system:serviceaccount:shop:orders-8a046bc9' 'api://AzureADTokenExchange'
  credential 'shop-orders-ddf8040d' 'https://issuer.example/' 'system:serviceaccount:shop:orders' 'api://AzureADTokenExchange'
  credential 'shop-reports-34a55099' 'https://issuer.example/' 'system:serviceaccount:shop:reports' 'api://AzureADTokenExchange'
  credential 'shop-search-19394302' 'https://issuer.example/' 'system:serviceaccount:shop:search' 'api://AzureADTokenExchange'
fi

if managed '00000000-0000-0000-0000-000000000001' 'shop' 'reports' '' && client_is '22222222-2222-2222-2222-222222222222'; then
  credential 'shop-reports-34a55099' 'https://issuer.example/' 'system:serviceaccount:shop:reports' 'api://AzureADTokenExchange'
fi

if application '44444444-4444-4444-4444-444444444444'; then
  credential 'shop-import-f3040957' 'https://issuer.example/' 'system:serviceaccount:shop:import' 'api://AzureADTokenExchange' '{"audiences":["api://AzureADTokenExchange"],"issuer":"https://issuer.example/","name":"shop-import-f3040957","subject":"system:serviceaccount:shop:import"}'
fi

# To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that
# is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:
#
#   export AZURE_CONFIG_DIR=$(mktemp -d)
#   az login --service-principal --username 66666666-6666-6666-6666-666666666666 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token archive --namespace bills --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 55555555-5555-5555-5555-555555555555 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token gateway --namespace edge --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token agent --namespace bills --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token ledger --namespace bills --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token stuck --namespace bills --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token taxes --namespace bills --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token front --namespace shop --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token orders-8a046bc9 --namespace shop --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token reports --namespace shop --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token search --namespace shop --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 22222222-2222-2222-2222-222222222222 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token reports --namespace shop --audience api://AzureADTokenExchange)"
#   az login --service-principal --username 44444444-4444-4444-4444-444444444444 --tenant contoso.com --allow-no-subscriptions --federated-token \
#     "$(kubectl create token import --namespace shop --audience api://AzureADTokenExchange)"

exit "$wrong"

# Identities for service accounts, made by wispctl. Credentials of an identity are written one after the other, for Azure refuses two at
# a time.
terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.0"
    }
  }
}

provider "azurerm" {
  features {}
  subscription_id = "00000000-0000-0000-0000-000000000001"
}

data "azurerm_user_assigned_identity" "archive" {
  name                = "archive"
  resource_group_name = "shop"
}

resource "azurerm_federated_identity_credential" "archive_bills_archive_95e0c346" {
  name                      = "bills-archive-95e0c346"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.archive.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:bills:archive"
}

output "archive_client_id" {
  value = data.azurerm_user_assigned_identity.archive.client_id
}

data "azurerm_user_assigned_identity" "gateway" {
  name                = "gateway"
  resource_group_name = "shop"
}

resource "azurerm_federated_identity_credential" "gateway_edge_gateway_b34b9426" {
  name                      = "edge-gateway-b34b9426"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.gateway.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:edge:gateway"
}

output "gateway_client_id" {
  value = data.azurerm_user_assigned_identity.gateway.client_id
}

data "azurerm_user_assigned_identity" "ledger" {
  name                = "ledger"
  resource_group_name = "shop"
}

resource "azurerm_federated_identity_credential" "ledger_bills_agent_ce53e84d" {
  name                      = "bills-agent-ce53e84d"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.ledger.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:bills:agent"
}

resource "azurerm_federated_identity_credential" "ledger_bills_ledger_6b82a779" {
  name                      = "bills-ledger-6b82a779"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.ledger.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:bills:ledger"
  depends_on                = [azurerm_federated_identity_credential.ledger_bills_agent_ce53e84d]
}

resource "azurerm_federated_identity_credential" "ledger_bills_stuck_8b77725b" {
  name                      = "bills-stuck-8b77725b"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.ledger.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:bills:stuck"
  depends_on                = [azurerm_federated_identity_credential.ledger_bills_ledger_6b82a779]
}

resource "azurerm_federated_identity_credential" "ledger_bills_taxes_4b5023e3" {
  name                      = "bills-taxes-4b5023e3"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.ledger.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:bills:taxes"
  depends_on                = [azurerm_federated_identity_credential.ledger_bills_stuck_8b77725b]
}

output "ledger_client_id" {
  value = data.azurerm_user_assigned_identity.ledger.client_id
}

data "azurerm_user_assigned_identity" "orders" {
  name                = "orders"
  resource_group_name = "shop"
}

resource "azurerm_federated_identity_credential" "orders_shop_front_23594c9f" {
  name                      = "shop-front-23594c9f"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.orders.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:shop:front"
}

resource "azurerm_federated_identity_credential" "orders_shop_orders_8a046bc9_efc73504" {
  name                      = "shop-orders-8a046bc9-efc73504"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.orders.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:shop:orders-8a046bc9"
  depends_on                = [azurerm_federated_identity_credential.orders_shop_front_23594c9f]
}

resource "azurerm_federated_identity_credential" "orders_shop_orders_ddf8040d" {
  name                      = "shop-orders-ddf8040d"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.orders.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:shop:orders"
  depends_on                = [azurerm_federated_identity_credential.orders_shop_orders_8a046bc9_efc73504]
}

resource "azurerm_federated_identity_credential" "orders_shop_reports_34a55099" {
  name                      = "shop-reports-34a55099"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.orders.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:shop:reports"
  depends_on                = [azurerm_federated_identity_credential.orders_shop_orders_ddf8040d]
}

resource "azurerm_federated_identity_credential" "orders_shop_search_19394302" {
  name                      = "shop-search-19394302"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.orders.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:shop:search"
  depends_on                = [azurerm_federated_identity_credential.orders_shop_reports_34a55099]
}

output "orders_client_id" {
  value = data.azurerm_user_assigned_identity.orders.client_id
}

data "azurerm_user_assigned_identity" "reports" {
  name                = "reports"
  resource_group_name = "shop"
}

resource "azurerm_federated_identity_credential" "reports_shop_reports_34a55099" {
  name                      = "shop-reports-34a55099"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.reports.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://issuer.example/"
  subject                   = "system:serviceaccount:shop:reports"
}

output "reports_client_id" {
  value = data.azurerm_user_assigned_identity.reports.client_id
}

data "azuread_application" "app_44444444_4444_4444_4444_444444444444" {
  client_id = "44444444-4444-4444-4444-444444444444"
}

data "azuread_service_principal" "app_44444444_4444_4444_4444_444444444444" {
  client_id = "44444444-4444-4444-4444-444444444444"
}

resource "azuread_application_federated_identity_credential" "app_44444444_4444_4444_4444_444444444444_shop_import_f3040957" {
  application_id = data.azuread_application.app_44444444_4444_4444_4444_444444444444.id
  display_name   = "shop-import-f3040957"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://issuer.example/"
  subject        = "system:serviceaccount:shop:import"
}

output "app_44444444_4444_4444_4444_444444444444_client_id" {
  value = data.azuread_application.app_44444444_4444_4444_4444_444444444444.client_id
}

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

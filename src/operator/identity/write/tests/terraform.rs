use super::{APPLICATION, CLAIMS, THERE, plans};
use crate::operator::identity::write::{Azurerm, terraform};

#[test]
fn as_terraform() {
    insta::assert_snapshot!(terraform(&plans(&[CLAIMS, APPLICATION]).identities, Azurerm::Five).unwrap(), @r#"
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
      subscription_id = "33333333-3333-3333-3333-333333333333"
    }

    resource "azurerm_user_assigned_identity" "orders" {
      name                = "orders"
      location            = "westeurope"
      resource_group_name = "app"
      tags                = { owner = "team-orders" }
    }

    resource "azurerm_federated_identity_credential" "orders_shop_orders_2393f145" {
      name                      = "shop-orders-2393f145"
      user_assigned_identity_id = azurerm_user_assigned_identity.orders.id
      audience                  = ["api://AzureADTokenExchange"]
      issuer                    = "https://one.example/"
      subject                   = "system:serviceaccount:shop:orders"
    }

    resource "azurerm_federated_identity_credential" "orders_shop_orders_86b974d3" {
      name                      = "shop-orders-86b974d3"
      user_assigned_identity_id = azurerm_user_assigned_identity.orders.id
      audience                  = ["api://AzureADTokenExchange"]
      issuer                    = "https://two.example/"
      subject                   = "system:serviceaccount:shop:orders"
      depends_on                = [azurerm_federated_identity_credential.orders_shop_orders_2393f145]
    }

    output "orders_client_id" {
      value = azurerm_user_assigned_identity.orders.client_id
    }

    resource "azurerm_role_assignment" "orders_key_vault_secrets_user_3a1beec6" {
      scope                = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.KeyVault/vaults/orders-kv"
      role_definition_name = "Key Vault Secrets User"
      principal_id         = azurerm_user_assigned_identity.orders.principal_id
      principal_type       = "ServicePrincipal"
    }

    resource "azurerm_role_assignment" "orders_reader_ecbafad2" {
      scope                = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/data"
      role_definition_name = "Reader"
      principal_id         = azurerm_user_assigned_identity.orders.principal_id
      principal_type       = "ServicePrincipal"
    }

    data "azuread_application" "app_44444444_4444_4444_4444_444444444444" {
      client_id = "44444444-4444-4444-4444-444444444444"
    }

    data "azuread_service_principal" "app_44444444_4444_4444_4444_444444444444" {
      client_id = "44444444-4444-4444-4444-444444444444"
    }

    resource "azuread_application_federated_identity_credential" "app_44444444_4444_4444_4444_444444444444_shop_mail_cc64a114" {
      application_id = data.azuread_application.app_44444444_4444_4444_4444_444444444444.id
      display_name   = "shop-mail-cc64a114"
      audiences      = ["api://AzureADTokenExchange"]
      issuer         = "https://one.example/"
      subject        = "system:serviceaccount:shop:mail"
    }

    output "app_44444444_4444_4444_4444_444444444444_client_id" {
      value = data.azuread_application.app_44444444_4444_4444_4444_444444444444.client_id
    }

    resource "azurerm_role_assignment" "app_44444444_4444_4444_4444_444444444444__5d5d5d5d_5d5d_5d5d_5d5d_5d5d5d5d5d5d_c74dd450" {
      scope              = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/A.B/c/d"
      role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/5d5d5d5d-5d5d-5d5d-5d5d-5d5d5d5d5d5d"
      principal_id       = data.azuread_service_principal.app_44444444_4444_4444_4444_444444444444.object_id
      principal_type     = "ServicePrincipal"
    }

    # To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that
    # is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:
    #
    #   export AZURE_CONFIG_DIR=$(mktemp -d)
    #   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    #     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchange)"
    #   az login --service-principal --username 44444444-4444-4444-4444-444444444444 --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    #     "$(kubectl create token mail --namespace shop --audience api://AzureADTokenExchange)"
    "#);
    insta::assert_snapshot!(terraform(&plans(&[THERE]).identities, Azurerm::Four).unwrap(), @r#"
    # Identities for service accounts, made by wispctl. Credentials of an identity are written one after the other, for Azure refuses two at
    # a time.
    terraform {
      required_providers {
        azurerm = {
          source  = "hashicorp/azurerm"
          version = "~> 4.0"
        }
      }
    }

    provider "azurerm" {
      features {}
      subscription_id = "33333333-3333-3333-3333-333333333333"
    }

    data "azurerm_user_assigned_identity" "bills" {
      name                = "bills"
      resource_group_name = "app"
    }

    resource "azurerm_federated_identity_credential" "bills_shop_bills_11985a9d" {
      name                = "shop-bills-11985a9d"
      resource_group_name = "app"
      parent_id           = data.azurerm_user_assigned_identity.bills.id
      audience            = ["api://AzureADTokenExchange"]
      issuer              = "https://one.example/"
      subject             = "system:serviceaccount:shop:bills"
    }

    output "bills_client_id" {
      value = data.azurerm_user_assigned_identity.bills.client_id
    }

    resource "azurerm_role_assignment" "bills_bills_writer_84686294" {
      scope                = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/app/providers/Microsoft.ServiceBus/namespaces/bills"
      role_definition_name = "Bills Writer"
      principal_id         = data.azurerm_user_assigned_identity.bills.principal_id
      principal_type       = "ServicePrincipal"
    }

    # To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that
    # is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:
    #
    #   export AZURE_CONFIG_DIR=$(mktemp -d)
    #   az login --service-principal --username CLIENT_ID_OF_bills --tenant 22222222-2222-2222-2222-222222222222 --allow-no-subscriptions --federated-token \
    #     "$(kubectl create token bills --namespace shop --audience api://AzureADTokenExchange)"
    "#);
    let elsewhere = THERE.replace("33333333-", "55555555-");
    let wrong = terraform(&plans(&[CLAIMS, &elsewhere]).identities, Azurerm::Five).unwrap_err();
    insta::assert_snapshot!(wrong.join("\n"), @"identity `bills` is in subscription 55555555-3333-3333-3333-333333333333, and one configuration is for one subscription, here 33333333-3333-3333-3333-333333333333; expand the claims of each apart");
}

// Identities for service accounts, made by wispctl. Credentials of an identity are written one after the other, for Azure refuses two
// at a time.
targetScope = 'resourceGroup'
// For resource group shop of subscription 00000000-0000-0000-0000-000000000001.

resource archive 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: 'archive'
}

var archive_accounts = [
  {
    name: 'bills-archive-95e0c346'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:bills:archive'
    audience: 'api://AzureADTokenExchange'
  }
]

@batchSize(1)
resource archive_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for account in archive_accounts: {
  parent: archive
  name: account.name
  properties: {
    issuer: account.issuer
    subject: account.subject
    audiences: [
      account.audience
    ]
  }
}]

output archive_client_id string = archive.properties.clientId

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: 'gateway'
}

var gateway_accounts = [
  {
    name: 'edge-gateway-b34b9426'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:edge:gateway'
    audience: 'api://AzureADTokenExchange'
  }
]

@batchSize(1)
resource gateway_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for account in gateway_accounts: {
  parent: gateway
  name: account.name
  properties: {
    issuer: account.issuer
    subject: account.subject
    audiences: [
      account.audience
    ]
  }
}]

output gateway_client_id string = gateway.properties.clientId

resource ledger 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: 'ledger'
}

var ledger_accounts = [
  {
    name: 'bills-agent-ce53e84d'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:bills:agent'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'bills-ledger-6b82a779'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:bills:ledger'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'bills-stuck-8b77725b'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:bills:stuck'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'bills-taxes-4b5023e3'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:bills:taxes'
    audience: 'api://AzureADTokenExchange'
  }
]

@batchSize(1)
resource ledger_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for account in ledger_accounts: {
  parent: ledger
  name: account.name
  properties: {
    issuer: account.issuer
    subject: account.subject
    audiences: [
      account.audience
    ]
  }
}]

output ledger_client_id string = ledger.properties.clientId

resource orders 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: 'orders'
}

var orders_accounts = [
  {
    name: 'shop-front-23594c9f'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:shop:front'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'shop-orders-8a046bc9-efc73504'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:shop:orders-8a046bc9'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'shop-orders-ddf8040d'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:shop:orders'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'shop-reports-34a55099'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:shop:reports'
    audience: 'api://AzureADTokenExchange'
  }
  {
    name: 'shop-search-19394302'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:shop:search'
    audience: 'api://AzureADTokenExchange'
  }
]

@batchSize(1)
resource orders_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for account in orders_accounts: {
  parent: orders
  name: account.name
  properties: {
    issuer: account.issuer
    subject: account.subject
    audiences: [
      account.audience
    ]
  }
}]

output orders_client_id string = orders.properties.clientId

resource reports 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: 'reports'
}

var reports_accounts = [
  {
    name: 'shop-reports-34a55099'
    issuer: 'https://issuer.example/'
    subject: 'system:serviceaccount:shop:reports'
    audience: 'api://AzureADTokenExchange'
  }
]

@batchSize(1)
resource reports_credentials 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for account in reports_accounts: {
  parent: reports
  name: account.name
  properties: {
    issuer: account.issuer
    subject: account.subject
    audiences: [
      account.audience
    ]
  }
}]

output reports_client_id string = reports.properties.clientId

// To see that it works, ask for a token as each service account does. Minutes may pass first, and half an hour for an issuer that
// is new to Entra. CLIENT_ID is the identity's client id, and AZURE_CONFIG_DIR keeps your own sign-in as it is:
//
//   export AZURE_CONFIG_DIR=$(mktemp -d)
//   az login --service-principal --username 66666666-6666-6666-6666-666666666666 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token archive --namespace bills --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 55555555-5555-5555-5555-555555555555 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token gateway --namespace edge --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token agent --namespace bills --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token ledger --namespace bills --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token stuck --namespace bills --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 33333333-3333-3333-3333-333333333333 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token taxes --namespace bills --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token front --namespace shop --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token orders-8a046bc9 --namespace shop --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token reports --namespace shop --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 11111111-1111-1111-1111-111111111111 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token search --namespace shop --audience api://AzureADTokenExchange)"
//   az login --service-principal --username 22222222-2222-2222-2222-222222222222 --tenant contoso.com --allow-no-subscriptions --federated-token \
//     "$(kubectl create token reports --namespace shop --audience api://AzureADTokenExchange)"

// The clients, by name. Each is a function that loads the client and returns, for each kind of credential, a function from an
// identity to a credential; a credential is a function from a resource to a token.

import { createRequire } from "node:module";
import { promisify } from "node:util";

// In contrast to `import`, this looks where NODE_PATH says.
const require = createRequire(import.meta.url);

export const CLIENTS = {
  "@azure/identity": () => azureIdentity(require("@azure/identity")),
  "azure-identity-2": () => azureIdentity(require("azure-identity-2")),

  "@azure/msal-node": () => {
    const { ManagedIdentityApplication } = require("@azure/msal-node");
    return {
      managed_identity: ({ client_id, object_id, resource_id }) => {
        const application = new ManagedIdentityApplication({
          managedIdentityIdParams: {
            userAssignedClientId: client_id,
            userAssignedObjectId: object_id,
            userAssignedResourceId: resource_id,
          },
        });
        return async (resource) => {
          const { accessToken, expiresOn } = await application.acquireToken({ resource });
          return { token: accessToken, expires_on: seconds(expiresOn) };
        };
      },
    };
  },

  // What `loginWithVmMSI` and `loginWithAppServiceMSI` return, without the additional token that these ask for.
  "@azure/ms-rest-nodeauth": () => {
    const { MSIAppServiceTokenCredentials, MSIVmTokenCredentials } = require("@azure/ms-rest-nodeauth");
    return {
      managed_identity: ({ client_id: clientId, object_id: objectId, resource_id: identityId }) =>
        oldSdk((resource) => {
          const credentials = ofAppService()
            ? new MSIAppServiceTokenCredentials({ resource, clientId })
            : new MSIVmTokenCredentials({ resource, clientId, objectId, identityId, msiEndpoint: msiEndpoint() });
          return () => credentials.getToken();
        }),
    };
  },

  "ms-rest-azure": () => {
    const { MSIAppServiceTokenCredentials, MSIVmTokenCredentials } = require("ms-rest-azure");
    return {
      managed_identity: () =>
        oldSdk((resource) => {
          const credentials = ofAppService()
            ? new MSIAppServiceTokenCredentials({ resource })
            : new MSIVmTokenCredentials({ resource, msiEndpoint: msiEndpoint() });
          return promisify(credentials.getToken.bind(credentials));
        }),
    };
  },
};

function azureIdentity({ DefaultAzureCredential, ManagedIdentityCredential }) {
  return {
    managed_identity: ({ client_id: clientId, object_id: objectId, resource_id: resourceId }) =>
      withScopes(new ManagedIdentityCredential({ clientId, objectId, resourceId })),
    chain: ({ client_id: managedIdentityClientId, resource_id: managedIdentityResourceId }) =>
      withScopes(new DefaultAzureCredential({ managedIdentityClientId, managedIdentityResourceId })),
  };
}

function withScopes(credential) {
  return async (resource) => {
    const { token, expiresOnTimestamp } = await credential.getToken(`${resource}/.default`);
    return { token, expires_on: seconds(expiresOnTimestamp) };
  };
}

// In the old SDKs the resource belongs to the credential. Both make a Date of the expiry's seconds as if they were milliseconds.
function oldSdk(getTokenFor) {
  const known = new Map();
  return async (resource) => {
    if (!known.has(resource)) {
      known.set(resource, getTokenFor(resource));
    }
    const { accessToken, expiresOn } = await known.get(resource)();
    return { token: accessToken, expires_on: Number(expiresOn) };
  };
}

function ofAppService() {
  return "MSI_SECRET" in process.env;
}

// The old SDKs have an option for the endpoint and read no variable. This stands for the application that has one.
function msiEndpoint() {
  const host = process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST;
  return host && `${host}/metadata/identity/oauth2/token`;
}

function seconds(time) {
  return Math.floor(time / 1000);
}

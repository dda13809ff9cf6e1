// Plays azidentity, the Azure SDK's identity module, in its current form over MSAL Go.
package main

import (
	"context"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"wisp.test/driver"
)

func main() {
	driver.Run(func(kind string, identity driver.Identity) (driver.Credential, error) {
		credential, err := create(kind, identity)
		if err != nil {
			return nil, err
		}
		return func(resource string) (driver.Token, error) {
			scopes := policy.TokenRequestOptions{Scopes: []string{resource + "/.default"}}
			token, err := credential.GetToken(context.Background(), scopes)
			return driver.Token{Value: token.Token, Expires: token.ExpiresOn}, err
		}, nil
	})
}

func create(kind string, identity driver.Identity) (azcore.TokenCredential, error) {
	if kind == "workload_identity" {
		return azidentity.NewWorkloadIdentityCredential(nil)
	}
	if kind == "chain" {
		// A chain is told of an identity by the environment only.
		if identity.ClientID != "" {
			os.Setenv("AZURE_CLIENT_ID", identity.ClientID)
			defer os.Unsetenv("AZURE_CLIENT_ID")
		}
		return azidentity.NewDefaultAzureCredential(nil)
	}
	options := azidentity.ManagedIdentityCredentialOptions{}
	switch {
	case identity.ClientID != "":
		options.ID = azidentity.ClientID(identity.ClientID)
	case identity.ObjectID != "":
		options.ID = azidentity.ObjectID(identity.ObjectID)
	case identity.ResourceID != "":
		options.ID = azidentity.ResourceID(identity.ResourceID)
	}
	return azidentity.NewManagedIdentityCredential(&options)
}

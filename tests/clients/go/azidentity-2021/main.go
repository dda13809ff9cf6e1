// Plays azidentity as of September 2021: a preview that asks at every call, and remembers a refusal until it ends.
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
			if err != nil {
				return driver.Token{}, err
			}
			return driver.Token{Value: token.Token, Expires: token.ExpiresOn}, nil
		}, nil
	})
}

func create(kind string, identity driver.Identity) (azcore.TokenCredential, error) {
	switch {
	case identity.ObjectID != "":
		driver.Fail("azidentity 0.11 cannot ask for an object id")
	case kind == "chain":
		// A chain is told of an identity by the environment only.
		if identity.ClientID != "" {
			os.Setenv("AZURE_CLIENT_ID", identity.ClientID)
			defer os.Unsetenv("AZURE_CLIENT_ID")
		}
		return azidentity.NewDefaultAzureCredential(nil)
	case identity.ResourceID != "":
		options := azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ResourceID}
		return azidentity.NewManagedIdentityCredential(identity.ResourceID, &options)
	}
	return azidentity.NewManagedIdentityCredential(identity.ClientID, nil)
}

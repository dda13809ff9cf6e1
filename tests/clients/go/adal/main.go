// Plays go-autorest's adal, which Terraform providers, Prometheus and many controllers used before azidentity.
package main

import (
	"os"
	"sync"

	"github.com/Azure/go-autorest/autorest/adal"
	"wisp.test/driver"
)

func main() {
	driver.Run(func(_ string, identity driver.Identity) (driver.Credential, error) {
		if identity.ObjectID != "" {
			driver.Fail("adal cannot ask for an object id")
		}
		// A token of adal is for one resource, and renews itself.
		tokens := map[string]*adal.ServicePrincipalToken{}
		var lock sync.Mutex
		return func(resource string) (driver.Token, error) {
			lock.Lock()
			token, ok := tokens[resource]
			if !ok {
				var err error
				if token, err = create(resource, identity); err != nil {
					lock.Unlock()
					return driver.Token{}, err
				}
				tokens[resource] = token
			}
			lock.Unlock()
			if err := token.EnsureFresh(); err != nil {
				return driver.Token{}, err
			}
			now := token.Token()
			return driver.Token{Value: now.AccessToken, Expires: now.Expires()}, nil
		}, nil
	})
}

func create(resource string, identity driver.Identity) (*adal.ServicePrincipalToken, error) {
	// Applications with a setting for the endpoint, such as Terraform's msi_endpoint, use the older constructors.
	endpoint, ok := os.LookupEnv("ARM_MSI_ENDPOINT")
	switch {
	case !ok:
		options := adal.ManagedIdentityOptions{ClientID: identity.ClientID, IdentityResourceID: identity.ResourceID}
		return adal.NewServicePrincipalTokenFromManagedIdentity(resource, &options)
	case identity.ClientID != "":
		return adal.NewServicePrincipalTokenFromMSIWithUserAssignedID(endpoint, resource, identity.ClientID)
	case identity.ResourceID != "":
		return adal.NewServicePrincipalTokenFromMSIWithIdentityResourceID(endpoint, resource, identity.ResourceID)
	}
	return adal.NewServicePrincipalTokenFromMSI(endpoint, resource)
}

import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.ManagedIdentityApplication;
import com.microsoft.aad.msal4j.ManagedIdentityId;
import com.microsoft.aad.msal4j.ManagedIdentityParameters;
import com.microsoft.aad.msal4j.ManagedIdentityParameters.ManagedIdentityParametersBuilder;

/** What azure-identity stands on, used by itself. */
final class Msal4j implements Client {
    @Override
    public Object create(String kind, Identity identity) {
        return ManagedIdentityApplication.builder(id(identity)).build();
    }

    private static ManagedIdentityId id(Identity identity) {
        if (identity.clientId() != null) {
            return ManagedIdentityId.userAssignedClientId(identity.clientId());
        }
        if (identity.objectId() != null) {
            return ManagedIdentityId.userAssignedObjectId(identity.objectId());
        }
        if (identity.resourceId() != null) {
            return ManagedIdentityId.userAssignedResourceId(identity.resourceId());
        }
        return ManagedIdentityId.systemAssigned();
    }

    @Override
    public Token token(Object credential, String resource, String claims) throws Exception {
        ManagedIdentityParametersBuilder parameters = ManagedIdentityParameters.builder(resource);
        if (claims != null) {
            parameters.claims(claims);
        }
        IAuthenticationResult token = ((ManagedIdentityApplication) credential)
                .acquireTokenForManagedIdentity(parameters.build())
                .get();
        return new Token(token.accessToken(), token.expiresOnDate().toInstant().getEpochSecond());
    }
}

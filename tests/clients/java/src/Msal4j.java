import com.microsoft.aad.msal4j.IAuthenticationResult;
import com.microsoft.aad.msal4j.ManagedIdentityApplication;
import com.microsoft.aad.msal4j.ManagedIdentityId;
import com.microsoft.aad.msal4j.ManagedIdentityParameters;

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
    public Token token(Object credential, String resource) throws Exception {
        ManagedIdentityParameters parameters = ManagedIdentityParameters.builder(resource).build();
        IAuthenticationResult token =
                ((ManagedIdentityApplication) credential).acquireTokenForManagedIdentity(parameters).get();
        return new Token(token.accessToken(), token.expiresOnDate().toInstant().getEpochSecond());
    }
}

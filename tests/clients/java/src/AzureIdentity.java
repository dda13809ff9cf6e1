import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;

/** The SDK of today. */
final class AzureIdentity implements Client {
    @Override
    public Object create(String kind, Identity identity) {
        if (kind.equals("chain")) {
            return new DefaultAzureCredentialBuilder().build();
        }
        ManagedIdentityCredentialBuilder builder = new ManagedIdentityCredentialBuilder();
        if (identity.clientId() != null) {
            builder.clientId(identity.clientId());
        }
        if (identity.objectId() != null) {
            builder.objectId(identity.objectId());
        }
        if (identity.resourceId() != null) {
            builder.resourceId(identity.resourceId());
        }
        return builder.build();
    }

    @Override
    public Token token(Object credential, String resource) {
        TokenRequestContext request = new TokenRequestContext().addScopes(resource + "/.default");
        AccessToken token = ((TokenCredential) credential).getTokenSync(request);
        return new Token(token.getToken(), token.getExpiresAt().toEpochSecond());
    }
}

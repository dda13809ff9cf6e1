import com.microsoft.azure.AzureEnvironment;
import com.microsoft.azure.credentials.AppServiceMSICredentials;
import com.microsoft.azure.credentials.AzureTokenCredentials;
import com.microsoft.azure.credentials.MSICredentials;

/** The credentials of the SDK before azure-identity; the application says where it runs by what it constructs. */
final class OldCredentials implements Client {
    enum Source {
        IMDS,
        VM_EXTENSION,
        APP_SERVICE
    }

    private static final int VM_EXTENSION_PORT = 50342;

    private final Source source;

    OldCredentials(Source source) {
        this.source = source;
    }

    @Override
    public Object create(String kind, Identity identity) {
        if (source == Source.APP_SERVICE) {
            AppServiceMSICredentials credentials = new AppServiceMSICredentials(AzureEnvironment.AZURE);
            return identity.clientId() == null ? credentials : credentials.withClientId(identity.clientId());
        }
        MSICredentials credentials = source == Source.IMDS ? new MSICredentials() : ofVmExtension();
        if (identity.clientId() != null) {
            return credentials.withClientId(identity.clientId());
        }
        if (identity.objectId() != null) {
            return credentials.withObjectId(identity.objectId());
        }
        if (identity.resourceId() != null) {
            return credentials.withIdentityId(identity.resourceId());
        }
        return credentials;
    }

    @SuppressWarnings("deprecation")
    private static MSICredentials ofVmExtension() {
        return new MSICredentials(AzureEnvironment.AZURE, VM_EXTENSION_PORT);
    }

    @Override
    public Token token(Object credential, String resource) throws Exception {
        return new Token(((AzureTokenCredentials) credential).getToken(resource), null);
    }
}

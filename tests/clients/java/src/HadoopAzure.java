import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.AbfsConfiguration;
import org.apache.hadoop.fs.azurebfs.oauth2.AccessTokenProvider;
import org.apache.hadoop.fs.azurebfs.oauth2.AzureADAuthenticator;
import org.apache.hadoop.fs.azurebfs.oauth2.AzureADToken;
import org.apache.hadoop.fs.azurebfs.oauth2.MsiTokenProvider;

/** ABFS, configured as in a core-site.xml, up to the token that it would send to the storage account. */
final class HadoopAzure implements Client {
    private static final String ACCOUNT = "example.dfs.core.windows.net";
    private static final String TENANT = "11111111-aaaa-4aaa-8aaa-111111111111";

    @Override
    public Object create(String kind, Identity identity) throws Exception {
        Configuration site = new Configuration(false);
        site.set("fs.azure.account.auth.type", "OAuth");
        site.set("fs.azure.account.oauth.provider.type", MsiTokenProvider.class.getName());
        site.set("fs.azure.account.oauth2.msi.tenant", TENANT);
        site.set("fs.azure.account.oauth2.client.id", identity.clientId() == null ? "" : identity.clientId());
        String endpoint = System.getenv("FS_AZURE_ACCOUNT_OAUTH2_MSI_ENDPOINT");
        if (endpoint != null) {
            site.set("fs.azure.account.oauth2.msi.endpoint", endpoint);
        }
        AbfsConfiguration configuration = new AbfsConfiguration(site, ACCOUNT);
        // As the file system does before it makes its provider.
        AzureADAuthenticator.init(configuration);
        return configuration.getTokenProvider();
    }

    /** The resource is always that of Azure Storage. */
    @Override
    public Token token(Object provider, String resource) throws Exception {
        AzureADToken token = ((AccessTokenProvider) provider).getToken();
        return new Token(token.getAccessToken(), token.getExpiry().toInstant().getEpochSecond());
    }
}

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Date;

/**
 * What the JDBC driver does for `authentication=ActiveDirectoryMSI` once the server has named its resource. A server would
 * be needed to get there by the front door, so that the step itself is called, private as it is.
 */
final class MssqlJdbc implements Client {
    private static final String PACKAGE = "com.microsoft.sqlserver.jdbc.";
    /** The default of its `msiTokenCacheTtl`, in seconds: no cache. */
    private static final int CACHE_TTL = 0;

    @Override
    public Object create(String kind, Identity identity) {
        return identity;
    }

    @Override
    public Token token(Object identity, String resource) throws Exception {
        Method ask = Class.forName(PACKAGE + "SQLServerSecurityUtility")
                .getDeclaredMethod("getMSIAuthToken", String.class, String.class, int.class);
        ask.setAccessible(true);
        try {
            Object token = ask.invoke(null, resource, ((Identity) identity).clientId(), CACHE_TTL);
            Date expiresOn = (Date) field(token, "expiresOn");
            return new Token((String) field(token, "accessToken"), expiresOn.toInstant().getEpochSecond());
        } catch (InvocationTargetException error) {
            throw (Exception) error.getCause();
        }
    }

    private static Object field(Object token, String name) throws Exception {
        Field field = token.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(token);
    }
}

import com.fasterxml.jackson.databind.JsonNode;

/** One client that the driver plays. */
interface Client {
    /** The client's credential object, by its public constructors; without an identity the default one. */
    Object create(String kind, Identity identity) throws Exception;

    Token token(Object credential, String resource) throws Exception;

    /** `expiresOn` in seconds since 1970; null where the client does not tell it. */
    record Token(String token, Long expiresOn) {}

    /** One of the three is there, or none of them. */
    record Identity(String clientId, String objectId, String resourceId) {
        static Identity of(JsonNode json) {
            return new Identity(text(json, "client_id"), text(json, "object_id"), text(json, "resource_id"));
        }

        private static String text(JsonNode json, String name) {
            return json.path(name).textValue();
        }
    }
}

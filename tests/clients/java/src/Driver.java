import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Plays a Java client: see the README of the suite. */
final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Client client;
    private final Map<String, Object> credentials = new HashMap<>();

    private Driver(Client client) {
        this.client = client;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        // What a client prints is none of the protocol.
        System.setOut(System.err);
        Driver driver = new Driver(client(arguments[0]));
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = questions.readLine()) != null; ) {
            answers.println(driver.answer(JSON.readTree(line)));
            answers.flush();
        }
        // Threads that a client leaves behind would keep the process.
        System.exit(0);
    }

    private static Client client(String name) {
        return switch (name) {
            case "azure-identity" -> new AzureIdentity();
            case "msal4j" -> new Msal4j();
            case "MSICredentials" -> new OldCredentials(OldCredentials.Source.IMDS);
            case "MSICredentials (VM extension)" -> new OldCredentials(OldCredentials.Source.VM_EXTENSION);
            case "AppServiceMSICredentials" -> new OldCredentials(OldCredentials.Source.APP_SERVICE);
            case "mssql-jdbc" -> new MssqlJdbc();
            case "hadoop-azure" -> new HadoopAzure();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private JsonNode answer(JsonNode question) throws Exception {
        String name = question.get("credential").textValue();
        if (!credentials.containsKey(name)) {
            Client.Identity identity = Client.Identity.of(question.get("identity"));
            credentials.put(name, client.create(question.get("kind").textValue(), identity));
        }
        Object credential = credentials.get(name);
        String resource = question.get("resource").textValue();

        int calls = question.get("calls").intValue();
        ExecutorService threads = Executors.newFixedThreadPool(calls);
        List<Future<JsonNode>> results = new ArrayList<>();
        for (int call = 0; call < calls; call++) {
            results.add(threads.submit(() -> timed(credential, resource)));
        }
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode list = answer.putArray("results");
        for (Future<JsonNode> result : results) {
            list.add(result.get());
        }
        threads.shutdown();
        return answer;
    }

    private JsonNode timed(Object credential, String resource) {
        ObjectNode result = JSON.createObjectNode();
        long started = System.nanoTime();
        try {
            Client.Token token = client.token(credential, resource);
            result.put("token", token.token());
            result.put("expires_on", token.expiresOn());
        } catch (Exception error) {
            result.put("error", told(error));
        }
        return result.put("seconds", (System.nanoTime() - started) / 1e9);
    }

    /** As a stack trace tells it, without the places. */
    private static String told(Throwable error) {
        StringBuilder text = new StringBuilder(error.toString());
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            text.append("\nCaused by: ").append(cause);
        }
        return text.toString();
    }
}

// User's program with the client of openapi-generator: calls every route, and prints what it got.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ClassifyApi;
import org.openapitools.client.api.HealthApi;
import org.openapitools.client.api.PredictorsApi;
import org.openapitools.client.model.FlowerRequest;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.PredictorCard;

class EveryRoute {
    static final ApiClient CLIENT = new ApiClient();

    interface Call {
        Object send() throws ApiException;
    }

    static Problem problemOf(Call call) throws Exception {
        try {
            call.send();
        } catch (ApiException refused) {
            return CLIENT.getObjectMapper().readValue(refused.getResponseBody(), Problem.class);
        }
        throw new AssertionError("not refused");
    }

    // The generator sends JSON only, as that is the first media type of the body.
    static String send(String mediaType, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(CLIENT.getBaseUri() + "/api/v01/classify/batch"))
            .header("Content-Type", mediaType).POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return CLIENT.getHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    static FlowerRequest flower(double pl, double pw, double sl, double sw) {
        return new FlowerRequest().pl(pl).pw(pw).sl(sl).sw(sw);
    }

    public static void main(String[] arguments) throws Exception {
        CLIENT.updateBaseUri(arguments[0]);
        ClassifyApi classify = new ClassifyApi(CLIENT);
        PredictorsApi predictors = new PredictorsApi(CLIENT);
        HealthApi health = new HealthApi(CLIENT);
        FlowerRequest setosa = flower(1.4, 0.2, 5.1, 3.5);
        var batch = classify.classifyBatch(List.of(setosa, flower(6.0, 2.5, 6.3, 3.3)), null, true);
        var refused = classify.classifyBatch(List.of(setosa, flower(101, 0.2, 5.1, 3.5)), null, null).get(1);
        Problem invalid = problemOf(() -> classify.classifyByQuery(101.0, 0.2, 5.1, 3.5, null, null));
        List<String> names = predictors.listPredictors().getPredictors().stream().map(PredictorCard::getName).toList();
        var card = predictors.getPredictor(names.get(0));
        System.out.println(new ObjectMapper().writeValueAsString(Map.ofEntries(
            Map.entry("species", List.of(
                classify.classifyByPath(1.4, 0.2, 5.1, 3.5, null, null).getSpecie(),
                classify.classifyByQuery(1.4, 0.2, 5.1, 3.5, null, null).getSpecie(),
                classify.classify(setosa, null, null).getSpecie())),
            Map.entry("predicted", List.of(
                predictors.predict(names.get(0), setosa, null).getSpecie(),
                predictors.predictByQuery(names.get(0), 1.4, 0.2, 5.1, 3.5, null).getSpecie())),
            Map.entry("probabilities", classify.classify(setosa, null, true).getProbabilities().size()),
            Map.entry("batch", List.of(batch.get(0).getSpecie(), batch.get(1).getSpecie())),
            Map.entry("batch_probabilities", batch.get(1).getProbabilities().size()),
            Map.entry("refused", List.of(refused.getRow(), refused.getErrors().get(0).getField())),
            Map.entry("ndjson", send("application/x-ndjson", "{\"pl\":1.4,\"pw\":0.2,\"sl\":5.1,\"sw\":3.5}\n")),
            Map.entry("csv", send("text/csv", "pl,pw,sl,sw\n1.4,0.2,5.1,3.5\n")),
            Map.entry("invalid", List.of(invalid.getStatus(), invalid.getErrors().get(0).getField())),
            Map.entry("missing", problemOf(() -> predictors.getPredictor("none")).getStatus()),
            Map.entry("predictors", names),
            Map.entry("at_root",
                predictors.listPredictorsAtRoot().getPredictors().stream().map(PredictorCard::getName).toList()),
            Map.entry("card",
                List.of(card.getName(), card.getFeatures().get(0).getName(), card.getTrainedAt().getYear())),
            Map.entry("health", List.of(health.checkLiveness().getStatus(), health.checkReadiness().getStatus())),
            Map.entry("version", health.getVersion().getInstance()))));
    }
}

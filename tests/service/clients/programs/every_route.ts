// User's program with the client of openapi-fetch and openapi-typescript: calls every route, and prints what it got.
import createClient from "openapi-fetch";
import type { components, paths } from "./iris.js";

type Flower = components["schemas"]["FlowerRequest"];

const setosa: Flower = { pl: 1.4, pw: 0.2, sl: 5.1, sw: 3.5 };
const virginica: Flower = { pl: 6.0, pw: 2.5, sl: 6.3, sw: 3.3 };
const outOfRange: Flower = { ...setosa, pl: 101 };

const client = createClient<paths>({ baseUrl: process.argv[2] });

async function send(mediaType: string, body: string): Promise<string | undefined> {
  const { data } = await client.POST("/api/v01/classify/batch", {
    body,
    bodySerializer: (text) => text,
    headers: { "Content-Type": mediaType },
    parseAs: "text",
  });
  return data;
}

async function rows(detail: boolean, ...flowers: Flower[]): Promise<components["schemas"]["BatchEntry"][]> {
  const { data } = await client.POST("/api/v01/classify/batch", { params: { query: { detail } }, body: flowers });
  return Array.isArray(data) ? data : []; // NDJSON and CSV would be text
}

const byPath = await client.GET("/api/v01/classify/{pl}/{pw}/{sl}/{sw}", { params: { path: setosa } });
const byQuery = await client.GET("/api/v01/classify", { params: { query: setosa } });
const inBody = await client.POST("/api/v01/classify", { body: setosa });
const detailed = await client.POST("/api/v01/classify", { params: { query: { detail: true } }, body: setosa });
const batch = await rows(true, setosa, virginica);
const refused = (await rows(false, setosa, outOfRange))[1];
const invalid = await client.GET("/api/v01/classify", { params: { query: outOfRange } });
const names = (await client.GET("/api/v01/predictors")).data?.predictors.map((each) => each.name) ?? [];
const card = (await client.GET("/api/v01/predictors/{name}", { params: { path: { name: names[0] } } })).data;
const missing = await client.GET("/api/v01/predictors/{name}", { params: { path: { name: "none" } } });
const path = { name: names[0] };
const anyPredictor = await client.POST("/api/v01/predictors/{name}/predict", { params: { path }, body: setosa });
const predicted = anyPredictor.data;
const predictedByQuery = await client.GET("/api/v01/predictors/{name}/predict", { params: { path, query: setosa } });
console.log(
  JSON.stringify({
    species: [byPath.data?.specie, byQuery.data?.specie, inBody.data?.specie],
    predicted: [typeof predicted === "object" ? predicted.specie : undefined, predictedByQuery.data?.specie],
    probabilities: Object.keys(detailed.data?.probabilities ?? {}).length,
    batch: batch.map((entry) => entry.specie),
    batch_probabilities: Object.keys(batch[1].probabilities ?? {}).length,
    refused: [refused.row, refused.errors?.[0].field],
    ndjson: await send("application/x-ndjson", '{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}\n'),
    csv: await send("text/csv", "pl,pw,sl,sw\n1.4,0.2,5.1,3.5\n"),
    invalid: [invalid.response.status, invalid.error?.errors?.[0].field],
    missing: missing.error?.status,
    predictors: names,
    at_root: (await client.GET("/listpredictors")).data?.predictors.map((each) => each.name),
    card: [card?.name, card?.features[0].name, new Date(card?.trained_at ?? "").getUTCFullYear()],
    health: [(await client.GET("/livez")).data?.status, (await client.GET("/readyz")).data?.status],
    version: (await client.GET("/version")).data?.instance,
  }),
);

// User's program with the client of ogen: calls every route, and prints what it got.
package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"

	"example.com/flowers/iris"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func names(list iris.PredictorList) []string {
	found := []string{}
	for _, each := range list.Predictors {
		found = append(found, each.Name)
	}
	return found
}

func main() {
	ctx := context.Background()
	client := must(iris.NewClient(os.Args[1]))
	setosa := iris.FlowerRequest{Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}
	virginica := iris.FlowerRequest{Pl: 6.0, Pw: 2.5, Sl: 6.3, Sw: 3.3}
	outOfRange := iris.FlowerRequest{Pl: 101, Pw: 0.2, Sl: 5.1, Sw: 3.5}
	inDetail := iris.NewOptBool(true)
	rows := func(detail iris.OptBool, flowers ...iris.FlowerRequest) []iris.BatchEntry {
		request := iris.ClassifyBatchReqApplicationJSON(flowers)
		sent := must(client.ClassifyBatch(ctx, &request, iris.ClassifyBatchParams{Detail: detail}))
		return sent.(*iris.ClassifyBatchOKApplicationJSONHeaders).Response
	}

	byPath := must(client.ClassifyByPath(ctx, iris.ClassifyByPathParams{Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	byQuery := must(client.ClassifyByQuery(ctx, iris.ClassifyByQueryParams{Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	inBody := must(client.Classify(ctx, &setosa, iris.ClassifyParams{}))
	detailed := must(client.Classify(ctx, &setosa, iris.ClassifyParams{Detail: inDetail}))
	batch := rows(inDetail, setosa, virginica)
	refused := rows(iris.OptBool{}, setosa, outOfRange)[1]
	invalid := must(client.ClassifyByQuery(ctx, iris.ClassifyByQueryParams{Pl: 101, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	predictors := must(client.ListPredictors(ctx)).(*iris.PredictorListHeaders).Response
	card := must(client.GetPredictor(ctx, iris.GetPredictorParams{Name: predictors.Predictors[0].Name}))
	model := card.(*iris.ModelCardHeaders).Response
	missing := must(client.GetPredictor(ctx, iris.GetPredictorParams{Name: "none"}))
	lines := must(client.ClassifyBatch(ctx, &iris.ClassifyBatchReqApplicationXNdjson{
		Data: strings.NewReader(`{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}` + "\n")}, iris.ClassifyBatchParams{}))
	table := must(client.ClassifyBatch(ctx, &iris.ClassifyBatchReqTextCsv{
		Data: strings.NewReader("pl,pw,sl,sw\n1.4,0.2,5.1,3.5\n")}, iris.ClassifyBatchParams{}))
	atRoot := must(client.ListPredictorsAtRoot(ctx)).(*iris.PredictorListHeaders).Response
	predicted := must(client.Predict(ctx, &setosa, iris.PredictParams{Name: predictors.Predictors[0].Name}))
	predictedByQuery := must(client.PredictByQuery(ctx, iris.PredictByQueryParams{
		Name: predictors.Predictors[0].Name, Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"species": []string{
			byPath.(*iris.PredictionHeaders).Response.Specie,
			byQuery.(*iris.PredictionHeaders).Response.Specie,
			inBody.(*iris.ClassifyOKHeaders).Response.Specie,
		},
		"predicted": []string{
			predicted.(*iris.PredictOKApplicationJSONHeaders).Response.Specie,
			predictedByQuery.(*iris.PredictionHeaders).Response.Specie,
		},
		"probabilities":       len(detailed.(*iris.ClassifyOKHeaders).Response.Probabilities.Value),
		"batch":               []string{batch[0].Specie.Value, batch[1].Specie.Value},
		"batch_probabilities": len(batch[1].Probabilities.Value),
		"refused":             []any{refused.Row.Value, refused.Errors[0].Field},
		"ndjson":              string(must(io.ReadAll(lines.(*iris.ClassifyBatchOKApplicationXNdjsonHeaders).Response))),
		"csv":                 string(must(io.ReadAll(table.(*iris.ClassifyBatchOKTextCsvHeaders).Response))),
		"invalid": []any{
			invalid.(*iris.ClassifyByQueryUnprocessableEntity).Response.Status,
			invalid.(*iris.ClassifyByQueryUnprocessableEntity).Response.Errors[0].Field,
		},
		"missing":    missing.(*iris.GetPredictorNotFound).Response.Status,
		"predictors": names(predictors),
		"at_root":    names(atRoot),
		"card":       []any{model.Name, model.Features[0].Name, model.TrainedAt.Year()},
		"health": []string{
			must(client.CheckLiveness(ctx)).(*iris.HealthHeaders).Response.Status,
			must(client.CheckReadiness(ctx)).(*iris.HealthHeaders).Response.Status,
		},
		"version": must(client.GetVersion(ctx)).(*iris.VersionHeaders).Response.Instance,
	})
}

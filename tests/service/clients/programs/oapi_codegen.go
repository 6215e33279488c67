// User's program with the client of oapi-codegen: calls every route, and prints what it got.
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

func names(predictors []iris.PredictorCard) []string {
	found := []string{}
	for _, each := range predictors {
		found = append(found, each.Name)
	}
	return found
}

func main() {
	ctx := context.Background()
	client := must(iris.NewClientWithResponses(os.Args[1]))
	setosa := iris.FlowerRequest{Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}
	virginica := iris.FlowerRequest{Pl: 6.0, Pw: 2.5, Sl: 6.3, Sw: 3.3}
	outOfRange := iris.FlowerRequest{Pl: 101, Pw: 0.2, Sl: 5.1, Sw: 3.5}
	yes := true
	send := func(mediaType, body string) string {
		// The response as it is: the generated parser would read NDJSON as JSON.
		sent := must(client.ClassifyBatchWithBody(ctx, nil, mediaType, strings.NewReader(body)))
		defer sent.Body.Close()
		return string(must(io.ReadAll(sent.Body)))
	}

	byPath := must(client.ClassifyByPathWithResponse(ctx, 1.4, 0.2, 5.1, 3.5, nil))
	byQuery := must(client.ClassifyByQueryWithResponse(ctx, &iris.ClassifyByQueryParams{Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	inBody := must(client.ClassifyWithResponse(ctx, nil, setosa))
	detailed := must(client.ClassifyWithResponse(ctx, &iris.ClassifyParams{Detail: &yes}, setosa))
	batch := *must(client.ClassifyBatchWithResponse(
		ctx, &iris.ClassifyBatchParams{Detail: &yes}, []iris.FlowerRequest{setosa, virginica})).JSON200
	refused := (*must(client.ClassifyBatchWithResponse(ctx, nil, []iris.FlowerRequest{setosa, outOfRange})).JSON200)[1]
	invalid := must(client.ClassifyByQueryWithResponse(ctx, &iris.ClassifyByQueryParams{Pl: 101, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	predictors := must(client.ListPredictorsWithResponse(ctx)).JSON200.Predictors
	card := must(client.GetPredictorWithResponse(ctx, predictors[0].Name)).JSON200
	predicted := must(client.PredictWithResponse(ctx, predictors[0].Name, nil, setosa))
	predictedByQuery := must(client.PredictByQueryWithResponse(
		ctx, predictors[0].Name, &iris.PredictByQueryParams{Pl: 1.4, Pw: 0.2, Sl: 5.1, Sw: 3.5}))
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"species":             []string{byPath.JSON200.Specie, byQuery.JSON200.Specie, inBody.JSON200.Specie},
		"predicted":           []string{predicted.JSON200.Specie, predictedByQuery.JSON200.Specie},
		"probabilities":       len(*detailed.JSON200.Probabilities),
		"batch":               []string{*batch[0].Specie, *batch[1].Specie},
		"batch_probabilities": len(*batch[1].Probabilities),
		"refused":             []any{*refused.Row, (*refused.Errors)[0].Field},
		"ndjson":              send("application/x-ndjson", `{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}`+"\n"),
		"csv":                 send("text/csv", "pl,pw,sl,sw\n1.4,0.2,5.1,3.5\n"),
		"invalid":             []any{invalid.StatusCode(), (*invalid.ApplicationproblemJSON422.Errors)[0].Field},
		"missing":             must(client.GetPredictorWithResponse(ctx, "none")).ApplicationproblemJSON404.Status,
		"predictors":          names(predictors),
		"at_root":             names(must(client.ListPredictorsAtRootWithResponse(ctx)).JSON200.Predictors),
		"card":                []any{card.Name, card.Features[0].Name, card.TrainedAt.Year()},
		"health": []string{
			must(client.CheckLivenessWithResponse(ctx)).JSON200.Status,
			must(client.CheckReadinessWithResponse(ctx)).JSON200.Status,
		},
		"version": must(client.GetVersionWithResponse(ctx)).JSON200.Instance,
	})
}

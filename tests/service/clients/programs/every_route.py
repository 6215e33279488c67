"""User's program with the client of openapi-python-client: calls every route, and prints what it got."""

import json
import sys

from iris_classifier_client import Client
from iris_classifier_client.api.classify import classify, classify_batch, classify_by_path, classify_by_query
from iris_classifier_client.api.health import check_liveness, check_readiness, get_version
from iris_classifier_client.api.predictors import (
    get_predictor,
    list_predictors,
    list_predictors_at_root,
    predict,
    predict_by_query,
)
from iris_classifier_client.models import FlowerRequest

BATCH = "/api/v01/classify/batch"
SETOSA = FlowerRequest(pl=1.4, pw=0.2, sl=5.1, sw=3.5)
VIRGINICA = FlowerRequest(pl=6.0, pw=2.5, sl=6.3, sw=3.3)
OUT_OF_RANGE = FlowerRequest(pl=101.0, pw=0.2, sl=5.1, sw=3.5)

client = Client(base_url=sys.argv[1])
raw = client.get_httpx_client()


def send(media_type: str, body: str) -> str:
    """Send a batch as it is: the generator leaves out bodies that are not JSON."""
    return raw.post(BATCH, content=body, headers={"Content-Type": media_type}).text


detailed = classify.sync(client=client, body=SETOSA, detail=True)
batch = classify_batch.sync(client=client, body=[SETOSA, VIRGINICA], detail=True)
_, refused = classify_batch.sync(client=client, body=[SETOSA, OUT_OF_RANGE])
invalid = classify_by_query.sync_detailed(client=client, pl=101.0, pw=0.2, sl=5.1, sw=3.5)
names = [each.name for each in list_predictors.sync(client=client).predictors]
card = get_predictor.sync(names[0], client=client)
print(  # noqa: T201 (the test reads it)
    json.dumps(
        {
            "species": [
                classify_by_path.sync(1.4, 0.2, 5.1, 3.5, client=client).specie,
                classify_by_query.sync(client=client, pl=1.4, pw=0.2, sl=5.1, sw=3.5).specie,
                classify.sync(client=client, body=SETOSA).specie,
            ],
            "predicted": [
                predict.sync(names[0], client=client, body=SETOSA).specie,
                predict_by_query.sync(names[0], client=client, pl=1.4, pw=0.2, sl=5.1, sw=3.5).specie,
            ],
            "probabilities": len(detailed.probabilities.additional_properties),
            "batch": [entry.specie for entry in batch],
            "batch_probabilities": len(batch[1].probabilities.additional_properties),
            "refused": [refused.row, refused.errors[0].field],
            "ndjson": send("application/x-ndjson", '{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}\n'),
            "csv": send("text/csv", "pl,pw,sl,sw\n1.4,0.2,5.1,3.5\n"),
            "invalid": [invalid.status_code.value, invalid.parsed.errors[0].field],
            "missing": get_predictor.sync("none", client=client).status,
            "predictors": names,
            "at_root": [each.name for each in list_predictors_at_root.sync(client=client).predictors],
            "card": [card.name, card.features[0].name, card.trained_at.year],
            "health": [check_liveness.sync(client=client).status, check_readiness.sync(client=client).status],
            "version": get_version.sync(client=client).instance,
        }
    )
)

"""Which classifiers of scikit-learn can be packed, in which form, and why the others can not.

A plain table, so that it can be shown without scikit-learn, which takes a second to import.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final


class EstimatorError(Exception):
    """A classifier cannot be trained or packed; the message says why, and what can."""


@dataclass(frozen=True)
class Support:
    """How one classifier is packed, or why it is not."""

    estimator: str
    """Its class."""
    module: str
    """Where in scikit-learn it is."""
    kind: str | None
    """Form of the packed predictor; None where there is none."""
    remark: str
    """Where it cannot be packed, why."""
    nearest: str | None = None
    """The classifier most like it that can be packed, where it can not, or not always."""


_WEIGHTS: Final = "a weight for each length and species"
_CURVES: Final = "a bell curve for each length and species"
_TABLE: Final = "a table labelled by scikit-learn itself, and the trees"
_GRAPH: Final = "packed if it agrees with scikit-learn on a large sample"
_EQUALLY_NEAR: Final = f"{_GRAPH}; ONNX Runtime orders equally near flowers otherwise"
_NO_PROBABILITIES: Final = "it gives no probabilities, which every predictor is asked for"
_NOT_SHARES: Final = "its probabilities are made class by class, which no form here does"
_TAKES_ANOTHER: Final = "it takes another estimator, which no parameter can give here"
_NO_GRAPH: Final = "skl2onnx makes no graph of it that computes in double precision"
_NOT_ALONE: Final = "the graph that skl2onnx makes of it fails on a flower by itself"
_NO_LENGTHS: Final = "it is not made for lengths"
_GUESSES: Final = "it learns nothing"

_ROWS: Final = (
    Support("LogisticRegression", "linear_model", "linear", _WEIGHTS),
    Support("LogisticRegressionCV", "linear_model", "linear", _WEIGHTS),
    Support("LinearDiscriminantAnalysis", "discriminant_analysis", "linear", _WEIGHTS),
    Support("GaussianNB", "naive_bayes", "gaussian", _CURVES),
    Support("DecisionTreeClassifier", "tree", "trees", _TABLE),
    Support("ExtraTreeClassifier", "tree", "trees", _TABLE),
    Support("RandomForestClassifier", "ensemble", "trees", _TABLE),
    Support("ExtraTreesClassifier", "ensemble", "trees", _TABLE),
    Support("GradientBoostingClassifier", "ensemble", "trees", _TABLE),
    Support("MLPClassifier", "neural_network", "onnx", _GRAPH, "LogisticRegression"),
    Support("MultinomialNB", "naive_bayes", "onnx", _GRAPH, "GaussianNB"),
    Support("CalibratedClassifierCV", "calibration", "onnx", _GRAPH, "LogisticRegression"),
    Support("KNeighborsClassifier", "neighbors", "onnx", _EQUALLY_NEAR, "ExtraTreesClassifier"),
    Support("RidgeClassifier", "linear_model", None, _NO_PROBABILITIES, "LinearDiscriminantAnalysis"),
    Support("RidgeClassifierCV", "linear_model", None, _NO_PROBABILITIES, "LinearDiscriminantAnalysis"),
    Support("SVC", "svm", None, _NO_PROBABILITIES, "CalibratedClassifierCV"),
    Support("NuSVC", "svm", None, _NO_PROBABILITIES, "CalibratedClassifierCV"),
    Support("LinearSVC", "svm", None, _NO_PROBABILITIES, "LogisticRegression"),
    Support("Perceptron", "linear_model", None, _NO_PROBABILITIES, "LogisticRegression"),
    Support("PassiveAggressiveClassifier", "linear_model", None, _NO_PROBABILITIES, "LogisticRegression"),
    Support("SGDClassifier", "linear_model", None, _NOT_SHARES, "LogisticRegression"),
    Support("QuadraticDiscriminantAnalysis", "discriminant_analysis", None, _NOT_ALONE, "GaussianNB"),
    Support("NearestCentroid", "neighbors", None, _NO_GRAPH, "GaussianNB"),
    Support("RadiusNeighborsClassifier", "neighbors", None, _NO_GRAPH, "ExtraTreesClassifier"),
    Support("AdaBoostClassifier", "ensemble", None, _NO_GRAPH, "GradientBoostingClassifier"),
    Support("BaggingClassifier", "ensemble", None, _NO_GRAPH, "RandomForestClassifier"),
    Support("HistGradientBoostingClassifier", "ensemble", None, _NO_GRAPH, "GradientBoostingClassifier"),
    Support("GaussianProcessClassifier", "gaussian_process", None, _NO_GRAPH, "MLPClassifier"),
    Support("LabelPropagation", "semi_supervised", None, _NO_GRAPH, "ExtraTreesClassifier"),
    Support("LabelSpreading", "semi_supervised", None, _NO_GRAPH, "ExtraTreesClassifier"),
    Support("BernoulliNB", "naive_bayes", None, _NO_LENGTHS, "GaussianNB"),
    Support("CategoricalNB", "naive_bayes", None, _NO_LENGTHS, "GaussianNB"),
    Support("ComplementNB", "naive_bayes", None, _NO_LENGTHS, "GaussianNB"),
    Support("DummyClassifier", "dummy", None, _GUESSES, "DecisionTreeClassifier"),
    Support("ClassifierChain", "multioutput", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("MultiOutputClassifier", "multioutput", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("OneVsOneClassifier", "multiclass", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("OneVsRestClassifier", "multiclass", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("OutputCodeClassifier", "multiclass", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("FixedThresholdClassifier", "model_selection", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("TunedThresholdClassifierCV", "model_selection", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("SelfTrainingClassifier", "semi_supervised", None, _TAKES_ANOTHER, "LogisticRegression"),
    Support("StackingClassifier", "ensemble", None, _TAKES_ANOTHER, "RandomForestClassifier"),
    Support("VotingClassifier", "ensemble", None, _TAKES_ANOTHER, "RandomForestClassifier"),
)

SUPPORT: Final = {row.estimator: row for row in _ROWS}
"""Every classifier that scikit-learn has."""


def packable(estimator: str) -> Support:
    """Return how a classifier is packed; its name may be given in any case.

    Raises:
        EstimatorError: it cannot be packed, or scikit-learn has none of that name.
    """
    named = {name.lower(): support for name, support in SUPPORT.items()}
    support = named.get(estimator.lower())
    if support is None:
        close = difflib.get_close_matches(estimator.lower(), named, n=1, cutoff=0.4)
        meant = f" Did you mean {named[close[0]].estimator}?" if close else ""
        raise EstimatorError(
            f"scikit-learn has no classifier {estimator}.{meant} `iris train --list` shows all."
        )
    if support.kind is None:
        raise EstimatorError(
            f"{support.estimator} cannot be packed: {support.remark}. "
            f"The nearest that can is {support.nearest}."
        )
    return support

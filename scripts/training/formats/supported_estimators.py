"""Classifiers of scikit-learn: the export format of each, or the reason why it can't be exported.

This is a plain table, so that it can be shown without importing scikit-learn, which takes a second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from scripts.training.formats.estimator_support import EstimatorError, EstimatorSupport
from scripts.training.formats.supported_regressors import REGRESSORS

_WEIGHTS: Final = "a weight for each length and species"
_CURVES: Final = "a bell curve for each length and species"
_TABLE: Final = "a table labelled by scikit-learn itself, and the trees"
_GRAPH: Final = "exported if it agrees with scikit-learn on a large sample"
_EQUALLY_NEAR: Final = f"{_GRAPH}; ONNX Runtime orders equally near flowers differently"
_NO_PROBABILITIES: Final = "it gives no probabilities, which every predictor needs"
_DEPRECATED: Final = (
    "it gives no probabilities, or deprecated ones, but `iris import` takes its graph in single precision"
)
_NOT_SHARES: Final = "its probabilities are computed class by class, which no format here supports"
_TAKES_ANOTHER: Final = "it takes another estimator, which no parameter here can express"
_NO_GRAPH: Final = "skl2onnx can't convert it in double precision"
_SINGLE: Final = f"{_NO_GRAPH}, but `iris import` takes its graph in single precision"
_NO_SINGLE_ROWS: Final = "its graph by skl2onnx fails for a single flower"
_NO_LENGTHS: Final = "it is not meant for continuous features"
_GUESSES: Final = "it learns nothing"

_ROWS: Final = (
    EstimatorSupport("LogisticRegression", "linear_model", "linear", _WEIGHTS),
    EstimatorSupport("LogisticRegressionCV", "linear_model", "linear", _WEIGHTS),
    EstimatorSupport("LinearDiscriminantAnalysis", "discriminant_analysis", "linear", _WEIGHTS),
    EstimatorSupport("GaussianNB", "naive_bayes", "gaussian", _CURVES),
    EstimatorSupport("DecisionTreeClassifier", "tree", "trees", _TABLE),
    EstimatorSupport("ExtraTreeClassifier", "tree", "trees", _TABLE),
    EstimatorSupport("RandomForestClassifier", "ensemble", "trees", _TABLE),
    EstimatorSupport("ExtraTreesClassifier", "ensemble", "trees", _TABLE),
    EstimatorSupport("GradientBoostingClassifier", "ensemble", "trees", _TABLE),
    EstimatorSupport("HistGradientBoostingClassifier", "ensemble", "trees", _TABLE),
    EstimatorSupport("MLPClassifier", "neural_network", "onnx", _GRAPH, "LogisticRegression"),
    EstimatorSupport("MultinomialNB", "naive_bayes", "onnx", _GRAPH, "GaussianNB"),
    EstimatorSupport("CalibratedClassifierCV", "calibration", "onnx", _GRAPH, "LogisticRegression"),
    EstimatorSupport("KNeighborsClassifier", "neighbors", "onnx", _EQUALLY_NEAR, "ExtraTreesClassifier"),
    EstimatorSupport(
        "RidgeClassifier", "linear_model", None, _NO_PROBABILITIES, "LinearDiscriminantAnalysis"
    ),
    EstimatorSupport(
        "RidgeClassifierCV", "linear_model", None, _NO_PROBABILITIES, "LinearDiscriminantAnalysis"
    ),
    EstimatorSupport("SVC", "svm", None, _DEPRECATED, "CalibratedClassifierCV"),
    EstimatorSupport("NuSVC", "svm", None, _DEPRECATED, "CalibratedClassifierCV"),
    EstimatorSupport("LinearSVC", "svm", None, _NO_PROBABILITIES, "LogisticRegression"),
    EstimatorSupport("Perceptron", "linear_model", None, _NO_PROBABILITIES, "LogisticRegression"),
    EstimatorSupport(
        "PassiveAggressiveClassifier", "linear_model", None, _NO_PROBABILITIES, "LogisticRegression"
    ),
    EstimatorSupport("SGDClassifier", "linear_model", None, _NOT_SHARES, "LogisticRegression"),
    EstimatorSupport(
        "QuadraticDiscriminantAnalysis", "discriminant_analysis", None, _NO_SINGLE_ROWS, "GaussianNB"
    ),
    EstimatorSupport("NearestCentroid", "neighbors", None, _NO_GRAPH, "GaussianNB"),
    EstimatorSupport("RadiusNeighborsClassifier", "neighbors", None, _NO_GRAPH, "ExtraTreesClassifier"),
    EstimatorSupport("AdaBoostClassifier", "ensemble", None, _SINGLE, "GradientBoostingClassifier"),
    EstimatorSupport("BaggingClassifier", "ensemble", None, _SINGLE, "RandomForestClassifier"),
    EstimatorSupport("GaussianProcessClassifier", "gaussian_process", None, _NO_GRAPH, "MLPClassifier"),
    EstimatorSupport("LabelPropagation", "semi_supervised", None, _NO_GRAPH, "ExtraTreesClassifier"),
    EstimatorSupport("LabelSpreading", "semi_supervised", None, _NO_GRAPH, "ExtraTreesClassifier"),
    EstimatorSupport("BernoulliNB", "naive_bayes", None, _NO_LENGTHS, "GaussianNB"),
    EstimatorSupport("CategoricalNB", "naive_bayes", None, _NO_LENGTHS, "GaussianNB"),
    EstimatorSupport("ComplementNB", "naive_bayes", None, _NO_LENGTHS, "GaussianNB"),
    EstimatorSupport("DummyClassifier", "dummy", None, _GUESSES, "DecisionTreeClassifier"),
    EstimatorSupport("ClassifierChain", "multioutput", None, _TAKES_ANOTHER, "LogisticRegression"),
    EstimatorSupport("MultiOutputClassifier", "multioutput", None, _TAKES_ANOTHER, "LogisticRegression"),
    EstimatorSupport("OneVsOneClassifier", "multiclass", None, _TAKES_ANOTHER, "LogisticRegression"),
    EstimatorSupport("OneVsRestClassifier", "multiclass", None, _TAKES_ANOTHER, "LogisticRegression"),
    EstimatorSupport("OutputCodeClassifier", "multiclass", None, _TAKES_ANOTHER, "LogisticRegression"),
    EstimatorSupport(
        "FixedThresholdClassifier", "model_selection", None, _TAKES_ANOTHER, "LogisticRegression"
    ),
    EstimatorSupport(
        "TunedThresholdClassifierCV", "model_selection", None, _TAKES_ANOTHER, "LogisticRegression"
    ),
    EstimatorSupport("SelfTrainingClassifier", "semi_supervised", None, _TAKES_ANOTHER, "LogisticRegression"),
    EstimatorSupport("StackingClassifier", "ensemble", None, _TAKES_ANOTHER, "RandomForestClassifier"),
    EstimatorSupport("VotingClassifier", "ensemble", None, _TAKES_ANOTHER, "RandomForestClassifier"),
)

ESTIMATORS: Final = {row.estimator: row for row in _ROWS}
"""Name -> every classifier of scikit-learn."""


def fitted_support(estimator: str) -> EstimatorSupport:
    """Return the entry of an estimator that is fitted: one that takes another may be exported as a graph.

    Raises:
        EstimatorError: It can't be exported, or scikit-learn has none of that name.
    """
    support = (ESTIMATORS | REGRESSORS).get(estimator)
    if support and support.remark == _TAKES_ANOTHER:
        return replace(support, kind="onnx")
    return estimator_support(estimator)


def estimator_support(estimator: str) -> EstimatorSupport:
    """Return the entry of an estimator, whose name is not case-sensitive.

    Raises:
        EstimatorError: It can't be exported, or scikit-learn has none of that name.
    """
    every = ESTIMATORS | REGRESSORS
    named = {name.lower(): support for name, support in every.items()}
    support = named.get(estimator.lower())
    if support is None:
        # Its module takes long to import.
        from infra.config_reader import did_you_mean

        hint = did_you_mean(estimator, ESTIMATORS) or did_you_mean(estimator, REGRESSORS)
        raise EstimatorError(
            f"scikit-learn has no classifier or regressor {estimator}. {hint[:1].upper()}{hint[1:]}"
            f"{' ' if hint else ''}`iris train --list` shows all of them."
        )
    if support.kind is None:
        raise EstimatorError(
            f"{support.estimator} can't be exported: {support.remark}. The nearest alternative is "
            f"{support.nearest}."
        )
    return support

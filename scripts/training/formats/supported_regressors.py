"""Regressors of scikit-learn: the export format of each, or the reason why it can't be exported."""

from __future__ import annotations

from typing import Final

from scripts.training.formats.estimator_support import EstimatorSupport

_WEIGHTS: Final = "a weight for each feature"
_TREES: Final = "its trees"
_GRAPH: Final = "exported if it agrees with scikit-learn on a large sample"
_EXPONENTIAL: Final = "a weight for each feature, and an exponential"
_NO_GRAPH: Final = "skl2onnx can't convert it in double precision"
_SINGLE: Final = f"{_NO_GRAPH}, but `iris import` takes its graph in single precision"
_SEVERAL: Final = "it predicts several values at once"
_TAKES_ANOTHER: Final = "it takes another estimator, which no parameter here can express"
_ONE: Final = "it takes a single feature, as a plain list"
_GUESSES: Final = "it learns nothing"


def _row(
    estimator: str, module: str, kind: str | None, remark: str, nearest: str | None = None
) -> EstimatorSupport:
    return EstimatorSupport(estimator, module, kind, remark, nearest, task="regression")


_ROWS: Final = (
    _row("ARDRegression", "linear_model", "linear", _WEIGHTS),
    _row("BayesianRidge", "linear_model", "linear", _WEIGHTS),
    _row("ElasticNet", "linear_model", "linear", _WEIGHTS),
    _row("ElasticNetCV", "linear_model", "linear", _WEIGHTS),
    _row("HuberRegressor", "linear_model", "linear", _WEIGHTS),
    _row("Lars", "linear_model", "linear", _WEIGHTS),
    _row("LarsCV", "linear_model", "linear", _WEIGHTS),
    _row("Lasso", "linear_model", "linear", _WEIGHTS),
    _row("LassoCV", "linear_model", "linear", _WEIGHTS),
    _row("LassoLars", "linear_model", "linear", _WEIGHTS),
    _row("LassoLarsCV", "linear_model", "linear", _WEIGHTS),
    _row("LassoLarsIC", "linear_model", "linear", _WEIGHTS),
    _row("LinearRegression", "linear_model", "linear", _WEIGHTS),
    _row("OrthogonalMatchingPursuit", "linear_model", "linear", _WEIGHTS),
    _row("OrthogonalMatchingPursuitCV", "linear_model", "linear", _WEIGHTS),
    _row("PassiveAggressiveRegressor", "linear_model", "linear", _WEIGHTS),
    _row("QuantileRegressor", "linear_model", "linear", _WEIGHTS),
    _row("Ridge", "linear_model", "linear", _WEIGHTS),
    _row("RidgeCV", "linear_model", "linear", _WEIGHTS),
    _row("SGDRegressor", "linear_model", "linear", _WEIGHTS),
    _row("TheilSenRegressor", "linear_model", "linear", _WEIGHTS),
    _row("LinearSVR", "svm", "linear", _WEIGHTS),
    _row("DecisionTreeRegressor", "tree", "trees", _TREES),
    _row("ExtraTreeRegressor", "tree", "trees", _TREES),
    _row("RandomForestRegressor", "ensemble", "trees", _TREES),
    _row("ExtraTreesRegressor", "ensemble", "trees", _TREES),
    _row("GradientBoostingRegressor", "ensemble", "trees", _TREES),
    _row("HistGradientBoostingRegressor", "ensemble", "trees", _TREES),
    _row("MLPRegressor", "neural_network", "onnx", _GRAPH, "HistGradientBoostingRegressor"),
    _row("KNeighborsRegressor", "neighbors", "onnx", _GRAPH, "ExtraTreesRegressor"),
    _row("RANSACRegressor", "linear_model", "onnx", _GRAPH, "HuberRegressor"),
    _row("GammaRegressor", "linear_model", "linear", _EXPONENTIAL),
    _row("PoissonRegressor", "linear_model", "linear", _EXPONENTIAL),
    _row("TweedieRegressor", "linear_model", "linear", _EXPONENTIAL),
    _row("AdaBoostRegressor", "ensemble", None, _SINGLE, "GradientBoostingRegressor"),
    _row("BaggingRegressor", "ensemble", None, _SINGLE, "RandomForestRegressor"),
    _row("DummyRegressor", "dummy", None, _GUESSES, "Ridge"),
    _row("GaussianProcessRegressor", "gaussian_process", None, _SINGLE, "MLPRegressor"),
    _row("IsotonicRegression", "isotonic", None, _ONE, "HistGradientBoostingRegressor"),
    _row("KernelRidge", "kernel_ridge", None, _NO_GRAPH, "MLPRegressor"),
    _row("NuSVR", "svm", None, _SINGLE, "MLPRegressor"),
    _row("SVR", "svm", None, _SINGLE, "MLPRegressor"),
    _row("RadiusNeighborsRegressor", "neighbors", None, _SINGLE, "KNeighborsRegressor"),
    _row("CCA", "cross_decomposition", None, _SEVERAL, "Ridge"),
    _row("PLSCanonical", "cross_decomposition", None, _SEVERAL, "Ridge"),
    _row("PLSRegression", "cross_decomposition", None, _SEVERAL, "Ridge"),
    _row("MultiTaskElasticNet", "linear_model", None, _SEVERAL, "ElasticNet"),
    _row("MultiTaskElasticNetCV", "linear_model", None, _SEVERAL, "ElasticNetCV"),
    _row("MultiTaskLasso", "linear_model", None, _SEVERAL, "Lasso"),
    _row("MultiTaskLassoCV", "linear_model", None, _SEVERAL, "LassoCV"),
    _row("MultiOutputRegressor", "multioutput", None, _TAKES_ANOTHER, "Ridge"),
    _row("RegressorChain", "multioutput", None, _TAKES_ANOTHER, "Ridge"),
    _row("StackingRegressor", "ensemble", None, _TAKES_ANOTHER, "RandomForestRegressor"),
    _row("TransformedTargetRegressor", "compose", None, _TAKES_ANOTHER, "Ridge"),
    _row("VotingRegressor", "ensemble", None, _TAKES_ANOTHER, "RandomForestRegressor"),
)

REGRESSORS: Final = {row.estimator: row for row in _ROWS}
"""Name -> every regressor of scikit-learn."""

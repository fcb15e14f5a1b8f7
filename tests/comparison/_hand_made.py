"""A report with plausible numbers, made without a comparison."""

from __future__ import annotations

import dataclasses
import io

import joblib
import numpy as np
from sklearn.dummy import DummyClassifier

from skdigits.comparison import ComparisonReport, ModelResult, WinnerPredictions

#: Model, accuracy and its spread over the folds, test error, training in seconds,
#: prediction in seconds, of 1,000 and of one, megabytes, weights, p, on the frontier.
ROWS = (
    ("keras-cnn", 0.9874, 0.0013, 0.0109, 61.4, 0.0267, 0.0011, 0.82, 225_034, None, True),
    ("rbf-svm", 0.9791, 0.0006, 0.0178, 48.9, 1.7104, 0.0021, 7.61, None, 2e-7, False),
    ("keras-mlp", 0.9748, 0.0042, 0.0191, 22.7, 0.0126, 0.0008, 2.31, 669_706, 3e-9, True),
    ("extra-trees", 0.9702, 0.0019, 0.0265, 9.8, 0.0931, 0.0142, 31.2, None, 4e-21, False),
    ("random-forest", 0.9671, 0.0024, 0.0288, 14.4, 0.0861, 0.0139, 28.7, None, 9e-24, False),
    ("knn", 0.9662, 0.0034, 0.0302, 0.01, 0.1711, 0.0019, 9.44, None, 1e-25, False),
    ("logistic-regression", 0.9093, 0.0025, 0.0741, 3.81, 0.0037, 0.0002, 0.06, 7_850, 0.0, True),
    ("dummy", 0.1123, 0.0001, 0.8865, 0.002, 0.0002, 0.0001, 0.001, None, 0.0, True),
)
#: What a message may hold that HTML gives a meaning to.
HOSTILE = """ValueError: <script>alert("1 & 2")</script> of 'hist-gradient-boosting'"""


def dump(model):
    """Give a model as a joblib file."""
    file = io.BytesIO()
    joblib.dump(model, file)
    return file.getvalue()


def make_report() -> ComparisonReport:
    """Make a report of eight models, two of them networks, with test samples."""
    results = tuple(_make_result(*row) for row in ROWS)
    return ComparisonReport(
        results,
        dump(DummyClassifier()),
        statements=(
            "keras-cnn has the highest cross-validated accuracy, 98.74% ± 0.13. On the 10,000 "
            "test samples it is wrong in 1.09% (95% interval: 0.91% to 1.31%).",
            "On the test samples it is better than all the others by more than chance explains "
            "(McNemar's test with Holm's correction, p < 0.001 for each).",
            "keras-mlp predicts twice as quickly, and is wrong in 0.82 more of 100 samples.",
        ),
        failures={
            "hist-gradient-boosting": [HOSTILE],
            "rbf-svm": ["C=100.0, gamma=0.1: the time limit of 600 s left no time for it."],
        },
        setting={
            "Training samples": "60,000",
            "test samples": "10,000",
            "folds": "3, stratified and shuffled, the same for each model",
            "seed": "0",
            "versions": "skdigits 0.3.0, scikit-learn 1.9.1, Keras 3.15.1, TensorFlow 2.21.0",
            "hardware": "2 cores of an AMD EPYC 7B13",
        },
        histories={
            "keras-cnn": _make_history(0.42, 0.021, 10),
            "keras-mlp": _make_history(0.71, 0.063, 15),
        },
        winner_predictions=make_predictions(),
    )


def without_test(report: ComparisonReport) -> ComparisonReport:
    """Take all that needs test samples or networks from a report."""
    kept = {field.name for field in dataclasses.fields(ModelResult)}
    kept -= {"test_error", "test_error_low", "test_error_high", "test_log_loss", "p_value"}
    kept -= {"calibration_error", "predict_time", "predict_one_time", "on_frontier"}
    results = tuple(
        ModelResult(**{name: getattr(result, name) for name in kept}) for result in report.results
    )
    return ComparisonReport(results, report.winner_dump)


def make_predictions(n_samples: int = 60, n_mistakes: int = 7) -> WinnerPredictions:
    """Make random pictures, and labels of which some are wrong."""
    random = np.random.RandomState(0)
    y = np.arange(n_samples) % 10
    predicted = y.copy()
    predicted[:n_mistakes] = (predicted[:n_mistakes] + 5) % 10
    probabilities = np.full((n_samples, 10), 0.02)
    probabilities[np.arange(n_samples), predicted] = 0.82
    return WinnerPredictions(
        X=random.randint(256, size=(n_samples, 64)),
        y=y,
        predicted=predicted,
        probabilities=probabilities,
        classes=np.arange(10),
    )


def _make_result(
    model, cv_mean, cv_std, error, fit_time, predict_time, predict_one_time, size, weights, p, best
) -> ModelResult:
    half = 1.96 * (error * (1 - error) / 10_000) ** 0.5
    has_probabilities = model != "rbf-svm"
    return ModelResult(
        model=model,
        cv_mean=cv_mean,
        cv_std=cv_std,
        cv_f1=cv_mean - 0.001,
        cv_log_loss=3 * (1 - cv_mean) if has_probabilities else None,
        n_candidates=4,
        n_left_out=int(model == "rbf-svm"),
        best_params={"step__dropout": 0.4, "step__layers": (512, 512)} if weights else {},
        fit_time=fit_time,
        size=int(size * 1e6),
        n_parameters=weights,
        test_error=error,
        test_error_low=error - half,
        test_error_high=error + half,
        test_log_loss=3 * error if has_probabilities else None,
        calibration_error=error / 3 if has_probabilities else None,
        p_value=p,
        predict_time=predict_time,
        predict_one_time=predict_one_time,
        on_frontier=best,
    )


def _make_history(first: float, last: float, n_epochs: int) -> dict[str, list[float]]:
    loss = np.geomspace(first, last, n_epochs)
    return {"loss": loss.tolist(), "accuracy": (1 - loss / 3).tolist()}

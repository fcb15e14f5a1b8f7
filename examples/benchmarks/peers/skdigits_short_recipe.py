"""The Pipeline of a recipe of this package with all it does at prediction, trained briefly."""

from __future__ import annotations

from sklearn.pipeline import Pipeline

from skdigits import make_recipe

from .skdigits import predict, predict_proba
from .skdigits_pipeline import prepare

__all__ = ["describe", "fit", "predict", "predict_proba", "prepare"]


def describe(recipe: str) -> str:
    classifier = make_recipe(recipe)[-1]
    voters = [voter for _, voter in getattr(classifier, "estimators", [])]
    one = voters[0] if voters else classifier
    slow = [f"a vote of {len(voters)} networks"] if voters else []
    if one.test_time_shift or one.test_time_rotation:
        slow.append("the mean over copies at test time, slow by design")
    return "; ".join(["ImageScaler and the classifier, uint8", *slow])


def fit(recipe: str, images, labels, epochs: int = 1) -> Pipeline:
    pipeline = make_recipe(recipe, random_state=0)
    for name, value in pipeline.get_params().items():
        if name.endswith("__epochs"):
            pipeline.set_params(**{name: min(epochs, value)})
        elif name.endswith("__n_jobs"):
            pipeline.set_params(**{name: 1})
    return pipeline.fit(images, labels)

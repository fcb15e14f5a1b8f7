"""Classifiers, Pipelines and votes as nodes of an ONNX graph."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline

from .._inference import GraphBuilder, Tensor, UnsupportedLayerError, add_network
from .._typing import AnyArray
from ..exceptions import ExportError
from ..neural_network import BaseKerasClassifier
from ..preprocessing import ImageScaler
from ._samples import Samples, add_copies, add_image_scaler, add_rows

_FLOAT32 = np.dtype(np.float32)


class Scores(NamedTuple):
    """What a classifier gives for each class.

    Attributes
    ----------
    probabilities : str
        Name of the value in the graph.
    logits : str or None
        The same; None for a vote, which has none.
    """

    probabilities: str
    logits: str | None


class ClassifierGraph:
    """Appends classifiers, Pipelines that end in one, and votes of such to a graph.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    """

    def __init__(self, graph: GraphBuilder) -> None:
        self._graph = graph
        #: Changed copies of samples, which all voters share.
        self._copies: dict[tuple[Any, ...], list[str]] = {}

    def add(self, model: Any, x: Samples, *, is_outermost: bool = False) -> Scores:
        """Append a model.

        Parameters
        ----------
        model : estimator
            Fitted.
        x : Samples
            What it predicts.
        is_outermost : bool, default=False
            Whether the caller of `to_onnx` holds the model itself, and so can split it.

        Returns
        -------
        scores : Scores
            What the model gives for each class.

        Raises
        ------
        ExportError
            If a part of it cannot be expressed; the message names the part.
        """
        if isinstance(model, Pipeline):
            *steps, (_, last) = model.steps
            return self.add(last, self._add_steps(steps, x, is_outermost=is_outermost))
        if isinstance(model, VotingClassifier):
            return self._add_vote(model, x)
        if isinstance(model, BaseKerasClassifier):
            logits = self.add_logits(model, x)
            return Scores(self._graph.add("Softmax", [logits], axis=1), logits)
        raise ExportError(explain_classifier(model))

    def add_logits(self, classifier: BaseKerasClassifier, x: Samples) -> str:
        """Append the network of a classifier, for the samples and their changed copies.

        Parameters
        ----------
        classifier : BaseKerasClassifier
            Fitted.
        x : Samples
            What it predicts.

        Returns
        -------
        name : str
            Name of the logits; relative to that of outliers if the classifier has one.

        Raises
        ------
        ExportError
            If ONNX lacks a layer, or the images are too large to be rotated.
        """
        graph = self._graph
        copies = self._add_copies(classifier, x)
        shape = classifier.input_shape_
        name = copies[0] if len(copies) == 1 else graph.add("Concat", copies, axis=0)
        if len(shape) > 1:
            name = graph.reshape(name, shape)
        try:
            network = classifier._stored_network()  # noqa: SLF001 - the class owns its state
            logits = add_network(graph, network.architecture, network.weights, Tensor(name, shape))
        except UnsupportedLayerError as error:
            raise ExportError(
                f"to_onnx cannot export the network of this {type(classifier).__name__}: {error} "
                "Build the network without that."
            ) from error
        (n_outputs,), n_classes = logits.shape, len(classifier.classes_)
        mean = logits.name
        if len(copies) > 1:
            by_copy = graph.integers([len(copies), -1, n_outputs])
            each = graph.add("Reshape", [logits.name, by_copy])
            mean = graph.add("ReduceMean", [each, graph.integers([0])], keepdims=0)
        if n_outputs == n_classes:
            return mean
        # As `relative_to_outliers` of the classifiers.
        zero, last, end, axis = (graph.integers([n]) for n in (0, n_classes, n_outputs, 1))
        of_classes = graph.add("Slice", [mean, zero, last, axis])
        return graph.add("Sub", [of_classes, graph.add("Slice", [mean, last, end, axis])])

    def _add_copies(self, classifier: BaseKerasClassifier, x: Samples) -> list[str]:
        """Append flat samples of float32, and the changed copies that are averaged."""
        sample_shape, input_shape = classifier.sample_shape_, classifier.input_shape_
        shift, rotation = classifier.test_time_shift, classifier.test_time_rotation
        key = (x, sample_shape, input_shape, shift, rotation)
        if key not in self._copies:
            rows = add_rows(self._graph, x, sample_shape, input_shape).cast(self._graph, _FLOAT32)
            shape = input_shape if len(input_shape) > 1 else sample_shape
            self._copies[key] = add_copies(
                self._graph, rows, shape, shift=shift, rotation=rotation
            )
        return self._copies[key]

    def _add_steps(
        self, steps: list[tuple[str, Any]], x: Samples, *, is_outermost: bool
    ) -> Samples:
        """Append the transformers of a Pipeline."""
        for position, (name, step) in enumerate(steps, start=1):
            if isinstance(step, ImageScaler):
                x = add_image_scaler(self._graph, step, x)
            elif isinstance(step, Pipeline):
                x = self._add_steps(step.steps, x, is_outermost=False)
            elif not _is_skipped(step):
                raise ExportError(_explain_step(name, step, position, is_outermost=is_outermost))
        return x

    def _add_vote(self, vote: VotingClassifier, x: Samples) -> Scores:
        """Append the weighted mean of the voters' probabilities."""
        if vote.voting != "soft":
            raise ExportError(
                "to_onnx exports a VotingClassifier that averages probabilities, and this one has "
                f'voting={vote.voting!r}. Call set_params(voting="soft") on it; you do not need '
                "to fit it again."
            )
        weights = np.ones(len(vote.estimators_))
        if vote.weights is not None:
            voters = zip(vote.estimators, vote.weights, strict=True)
            weights = np.array([weight for (_, voter), weight in voters if voter != "drop"])
        shares = (weights / weights.sum()).astype(_FLOAT32)
        terms = [
            self._graph.add("Mul", [self.add(voter, x).probabilities, self._graph.constant(share)])
            for voter, share in zip(vote.estimators_, shares, strict=True)
        ]
        return Scores(self._graph.add("Sum", terms), None)


def add_labels(graph: GraphBuilder, scores: str, classes: AnyArray) -> str:
    """Append the choice of the label with the highest score.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    scores : str
        Name of the logits or probabilities.
    classes : ndarray
        The labels, as from `label_values`.

    Returns
    -------
    name : str
        Name of the labels.
    """
    best = graph.add("ArgMax", [scores], axis=1, keepdims=0)
    return graph.add("Gather", [graph.constant(classes), best], axis=0)


def label_values(classes: AnyArray) -> AnyArray:
    """Convert labels to a type that ONNX files have, as skl2onnx does.

    Parameters
    ----------
    classes : ndarray
        The labels.

    Returns
    -------
    values : ndarray of int64, or of str objects
        Texts stay texts; integers, booleans and whole floats become integers.

    Raises
    ------
    ExportError
        If they are something else.
    """
    if all(isinstance(label, str) for label in classes.tolist()):
        return classes.astype(object)
    if classes.dtype.kind in "biuf":
        with np.errstate(invalid="ignore"):
            integers = classes.astype(np.int64)
        if (integers == classes).all():
            return integers
    raise ExportError(
        "An ONNX file can hold labels that are integers or strings, got "
        f"{classes.dtype} labels {classes.tolist()}. Fit on labels of one of these types."
    )


def first_estimator(model: Any) -> Any:
    """Find the estimator that gets the samples first.

    Parameters
    ----------
    model : estimator
        A Pipeline, a vote or a classifier, fitted.

    Returns
    -------
    estimator : estimator or None
        One that is none of the first two; None if a Pipeline leaves all its steps out.
    """
    if isinstance(model, Pipeline):
        found = (first_estimator(step) for _, step in model.steps if not _is_skipped(step))
        return next((each for each in found if each is not None), None)
    if isinstance(model, VotingClassifier):
        return first_estimator(model.estimators_[0])
    return model


def _is_skipped(step: Any) -> bool:
    """Whether a Pipeline leaves a step out."""
    return step is None or step == "passthrough"


def _explain_step(name: str, step: Any, position: int, *, is_outermost: bool) -> str:
    """Say which step cannot be expressed, and how to export the others."""
    kind = type(step)
    if kind.__module__.startswith("sklearn."):
        return (
            f"to_onnx does not know the step {name!r} ({kind.__name__}). Use skl2onnx, which "
            "knows scikit-learn's classes and those of skdigits: "
            "skl2onnx.to_onnx(pipeline, X[:1])."
        )
    refused = f"to_onnx cannot express the step {name!r} ({kind.__name__}) in ONNX."
    if not is_outermost:
        return (
            f"{refused} Make it a step of the outermost Pipeline, fit again, and export the steps "
            "after it."
        )
    return (
        f"{refused} Export the steps after it with to_onnx(pipeline[{position}:], path), and "
        f"pass what pipeline[:{position}].transform(X) returns to the ONNX file."
    )


def explain_classifier(model: Any) -> str:
    """Say which classifiers can be exported.

    Parameters
    ----------
    model : object
        None of these.

    Returns
    -------
    text : str
        For an error; says what to do.
    """
    expected = (
        "to_onnx exports subclasses of BaseKerasClassifier, such as KerasCNNClassifier, "
        f"VotingClassifiers of them, and Pipelines that end in one; got {type(model).__name__}."
    )
    if hasattr(model, "best_estimator_"):
        return f"{expected} Pass its best_estimator_."
    if type(model).__module__.startswith("sklearn."):
        return (
            f"{expected} Use skl2onnx, which knows scikit-learn's classes and those of skdigits."
        )
    return f"{expected} Pass one of these."

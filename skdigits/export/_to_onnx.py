"""Write a fitted model as an ONNX file, and check that it predicts the same."""

from __future__ import annotations

import inspect
import json
import math
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .. import __version__
from .._files import check_target, write_whole
from .._inference import GraphBuilder, float_value, open_session
from .._plurals import counted
from .._typing import AnyArray
from ..exceptions import ExportError
from ..neural_network import BaseKerasClassifier
from ..neural_network._keras_params import pack_params
from ..preprocessing import ImageScaler
from ._classifiers import (
    ClassifierGraph,
    add_labels,
    explain_classifier,
    first_estimator,
    label_values,
)
from ._samples import Samples

_INPUT, _LABEL, _PROBABILITIES, _LOGITS = "X", "label", "probabilities", "logits"
_INPUT_DTYPES = ("float32", "uint8")
_LIBRARIES = ("scikit-learn", "keras", "onnx")
#: Parameters that have no effect on predictions, or name a folder of the author.
_LEFT_OUT = ("callbacks", "checkpoint_dir", "memory", "n_jobs", "verbose")
#: Largest difference between two probabilities that rounding may cause.
_TOLERANCE = 1e-5


def to_onnx(
    pipeline: Any,
    path: str | PathLike[str] | None = None,
    *,
    input_dtype: str = "float32",
    input_shape: Sequence[int] | None = None,
    logits: bool = False,
) -> onnx.ModelProto:
    """Convert a fitted Pipeline to ONNX, which programs in many languages can run.

    The file contains everything from the pixels to the label: scaling, the network, and the
    average over shifted and rotated copies. It is checked before it is written: for a few
    random images, ONNX Runtime must give the labels and probabilities of the Pipeline.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline or classifier
        Fitted. A `KerasMLPClassifier`, `KerasCNNClassifier` or other subclass of
        `BaseKerasClassifier`, a `sklearn.ensemble.VotingClassifier` of them with
        ``voting="soft"``, or a Pipeline that ends in one and whose other steps are
        `ImageScaler`. Pipelines may be nested.
    path : str or path-like, default=None
        File to write, such as ``"digits.onnx"``. It is written completely or not at all,
        and replaces an existing file. None writes nothing.
    input_dtype : {"float32", "uint8"}, default="float32"
        Data type of the images that the file takes. ``"float32"`` holds the pixels of any
        image, also scaled and resized ones, and is what every runtime and skl2onnx use.
        ``"uint8"`` takes a quarter of the memory, for pixels that are bytes.
    input_shape : sequence of int, default=None
        Shape of one image that the file takes, such as ``(784,)`` or ``(28, 28)``; any that
        the Pipeline takes. None uses the shape of the images in ``fit``; if their channels
        came first, the file takes them last. Pass such as ``(3, 32, 32)`` to keep them first.
    logits : bool, default=False
        Whether the file has a third output, the logits.

    Returns
    -------
    model : onnx.ModelProto
        Its input ``X`` has shape ``(n_samples, *input_shape)``. Its outputs are named as
        those of skl2onnx:

        - ``label`` of shape ``(n_samples,)``: int64, or strings if the labels are strings.
          Booleans become 0 and 1.
        - ``probabilities``: float32 of shape ``(n_samples, n_classes)``, in the order of
          ``classes_``.
        - ``logits``, if asked for: the same shape and type; what ``decision_function`` returns
          for more than two classes. ``score_samples`` is the logarithm of the sum of their
          exponentials.

        Its metadata holds ``classes``, the parameters of each step as ``pipeline``, both as
        JSON, and the versions of skdigits, scikit-learn, Keras and onnx.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the Pipeline is not fitted.
    ExportError
        If a part of the Pipeline cannot be expressed in ONNX, such as `MNISTNormalizer`, or
        predictions differ. The message names the part and says what to do.
    ValueError
        If another parameter is invalid, the folder of ``path`` does not exist, or the
        Pipeline does not take samples of ``input_shape``.
    TypeError
        If ``pipeline`` is the name of a file.

    See Also
    --------
    register_skl2onnx_converter : For Pipelines with scikit-learn's own steps.
    skdigits.persistence.save_model : Saves a model for skdigits itself.

    Examples
    --------
    >>> import onnxruntime
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import ImageScaler, KerasMLPClassifier
    >>> from skdigits.export import to_onnx
    >>> X, y = load_digits(return_X_y=True)
    >>> model = make_pipeline(ImageScaler(data_range=(0, 16)), KerasMLPClassifier(epochs=1))
    >>> content = to_onnx(model.fit(X, y)).SerializeToString()
    >>> session = onnxruntime.InferenceSession(content)
    >>> label, probabilities = session.run(None, {"X": X[:5].astype("float32")})
    >>> bool((label == model.predict(X[:5])).all())
    True
    >>> probabilities.shape
    (5, 10)
    """
    if input_dtype not in _INPUT_DTYPES:
        raise ValueError(
            f'input_dtype must be "float32" or "uint8", got {input_dtype!r}. Omit it to export a '
            "model that takes any pixels."
        )
    if input_shape is not None and not _is_shape(input_shape):
        raise ValueError(
            "input_shape must be a sequence of positive integers, such as (784,) or (28, 28), got "
            f"{input_shape!r}. Omit it to use the shape of the images in fit."
        )
    _check_kind(pipeline)
    check_is_fitted(pipeline)
    if path is not None:
        check_target(Path(path), "path")
    first = first_estimator(pipeline)
    # What has no such shape is refused below.
    fitted_shape = getattr(first, "sample_shape_", input_shape or (1,))
    if input_shape is None:
        input_shape = fitted_shape
    elif math.prod(input_shape) != math.prod(fitted_shape):
        raise ValueError(
            f"input_shape {tuple(input_shape)} has {counted(math.prod(input_shape), 'value')}, "
            f"but the Pipeline takes {math.prod(fitted_shape)}. Pass {_name_shapes(fitted_shape)}."
        )
    x = Samples(_INPUT, tuple(map(int, input_shape)), np.dtype(input_dtype))
    model = _make_model(pipeline, x, logits=logits)
    _check(model, pipeline, _made_up_samples(first, x))
    if path is not None:
        content = model.SerializeToString()
        write_whole(Path(path), lambda unfinished: unfinished.write_bytes(content))
    return model


def describe_interface(model: onnx.ModelProto) -> str:
    """Say what a model takes and returns.

    Parameters
    ----------
    model : onnx.ModelProto
        The model.

    Returns
    -------
    text : str
        Name, data type and shape of each input and output, on one line.
    """

    def describe(value: onnx.ValueInfoProto) -> str:
        tensor = value.type.tensor_type
        shape = ", ".join(str(side.dim_value or side.dim_param) for side in tensor.shape.dim)
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        return f"{value.name} {'string' if dtype.kind == 'O' else dtype} [{shape}]"

    inputs, outputs = (
        ", ".join(map(describe, values)) for values in (model.graph.input, model.graph.output)
    )
    return f"{inputs} -> {outputs}"


def _check_kind(pipeline: Any) -> None:
    """Refuse what is neither a Pipeline nor one of the classifiers that can be exported."""
    if isinstance(pipeline, (str, PathLike)):
        load = "skdigits.load_model" if str(pipeline).endswith(".skdigits") else "joblib.load"
        raise TypeError(
            f"Expected a fitted Pipeline or classifier, found {type(pipeline).__name__}. Load it "
            f"first: {load}({str(pipeline)!r})."
        )
    if not isinstance(pipeline, (Pipeline, VotingClassifier, BaseKerasClassifier)):
        raise ExportError(explain_classifier(pipeline))


def _name_shapes(shape: Sequence[int]) -> str:
    """Name the shape of a row, and that of the same samples as images."""
    n_pixels = math.prod(shape)
    side = math.isqrt(n_pixels)
    if len(shape) == 1 and side**2 == n_pixels:
        shape = (side, side)
    return " or ".join(dict.fromkeys([str((n_pixels,)), str(tuple(shape))]))


def _is_shape(value: Any) -> bool:
    """Whether a parameter is the shape of an image."""
    is_sequence = isinstance(value, Sequence) and not isinstance(value, str)
    return (
        is_sequence
        and len(value) > 0
        and all(isinstance(side, Integral) and int(side) > 0 for side in value)
    )


def _make_model(pipeline: Any, x: Samples, *, logits: bool) -> onnx.ModelProto:
    """Make the model of a Pipeline."""
    graph = GraphBuilder()
    scores = ClassifierGraph(graph).add(pipeline, x, is_outermost=True)
    if logits and scores.logits is None:
        raise ValueError(
            "logits=True needs a single network, and a VotingClassifier averages probabilities. "
            "Omit logits, or export one of its estimators_."
        )
    classes = label_values(pipeline.classes_)
    named = {
        _LABEL: add_labels(graph, scores.logits or scores.probabilities, classes),
        _PROBABILITIES: scores.probabilities,
    }
    label_type = TensorProto.STRING if classes.dtype == object else TensorProto.INT64
    outputs = [
        helper.make_tensor_value_info(_LABEL, label_type, ["N"]),
        float_value(_PROBABILITIES, [len(classes)]),
    ]
    if logits and scores.logits is not None:
        named[_LOGITS] = scores.logits
        outputs.append(float_value(_LOGITS, [len(classes)]))
    for name, value in named.items():
        graph.nodes.append(helper.make_node("Identity", [value], [name], name=name))
    element = helper.np_dtype_to_tensor_dtype(x.dtype)
    samples = helper.make_tensor_value_info(_INPUT, element, ["N", *x.shape])
    model = graph.model([samples], outputs, name="classifier", metadata=_metadata(pipeline))
    model.producer_name, model.producer_version = "skdigits", __version__
    model.doc_string = (
        "Image classifier, exported by skdigits.export.to_onnx. Input X: images of "
        f"{'x'.join(map(str, x.shape))} pixels as {x.dtype}. The metadata lists the classes."
    )
    return model


def _metadata(pipeline: Any) -> dict[str, str]:
    """Describe the model, and the versions that wrote it."""
    versions = {name: version(name) for name in _LIBRARIES}
    return {
        "classes": json.dumps(pipeline.classes_.tolist()),
        "pipeline": json.dumps(_describe(pipeline)),
        "versions": json.dumps({"skdigits": __version__, **versions}),
    }


def _describe(value: Any) -> Any:
    """Describe an estimator or a parameter by JSON values."""
    match value:
        case BaseEstimator():
            # Not get_params: it would load Keras for an optimiser of a model that was loaded.
            state = vars(value)
            if isinstance(value, BaseKerasClassifier):
                state = pack_params(state)
            names = [name for name in inspect.signature(type(value)).parameters if name in state]
            params = {name: _describe(state[name]) for name in names if name not in _LEFT_OUT}
            return {"class": type(value).__name__, "params": params}
        case {"keras object": settings}:
            return _describe(settings)
        case dict():
            return {str(key): _describe(item) for key, item in value.items()}
        case list() | tuple():
            return [_describe(item) for item in value]
        case np.ndarray() | np.generic():
            return _describe(value.tolist())
        case None | bool() | int() | float() | str():
            return value
    return type(value).__name__


def _made_up_samples(first: Any, x: Samples) -> AnyArray:
    """Make a few random images in the range that the Pipeline expects."""
    low, high = first.data_range if isinstance(first, ImageScaler) else (0, 1)
    samples = np.random.RandomState(0).uniform(low, high, size=(5, *x.shape))
    if x.dtype == np.uint8:
        samples = np.rint(samples.clip(0, 255))
    return samples.astype(x.dtype)


def _check(model: onnx.ModelProto, pipeline: Any, samples: AnyArray) -> None:
    """Refuse a model that is not valid, or that does not predict what the Pipeline predicts."""
    # A Pipeline that was fitted on a data frame warns of names that are missing.
    with warnings.catch_warnings(action="ignore"):
        expected = pipeline.predict_proba(samples)
        labels = label_values(pipeline.predict(samples))
    onnx.checker.check_model(model, full_check=True)
    session = open_session(model)
    found, probabilities = session.run([_LABEL, _PROBABILITIES], {_INPUT: samples})
    difference = np.abs(probabilities - expected).max()
    # Two labels that are equally probable may change places by rounding.
    nearly_best = expected >= expected.max(axis=1, keepdims=True) - _TOLERANCE
    is_clear = nearly_best.sum(axis=1) == 1
    if not difference <= _TOLERANCE or (found != labels)[is_clear].any():
        raise ExportError(
            "to_onnx has not written the model: for random images its probabilities differ from "
            f"those of the Pipeline by up to {difference:.1e}, more than {_TOLERANCE:.0e}. Please "
            "report it, and use skdigits.save_model or joblib.dump."
        )

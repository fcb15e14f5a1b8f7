"""Converters for skl2onnx, so that it takes Pipelines with steps of both packages."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from .._inference import GraphBuilder
from .._optional import import_optional
from ..exceptions import ExportError
from ..neural_network import BaseKerasClassifier, KerasCNNClassifier, KerasMLPClassifier
from ..preprocessing import ImageScaler
from ._classifiers import ClassifierGraph, add_labels, label_values
from ._samples import Samples, add_image_scaler

#: The first version whose reductions take their axes as the graph has them.
_LOWEST_OPSET = 18
_OPTIONS = {
    "nocl": [True, False],
    "output_class_labels": [False, True],
    "raw_scores": [True, False],
    "zipmap": [True, False, "columns"],
}


def register_skl2onnx_converter(estimator_class: type[BaseKerasClassifier]) -> None:
    """Register a subclass of `BaseKerasClassifier` with skl2onnx.

    skl2onnx converts Pipelines with scikit-learn's own steps, such as
    ``make_pipeline(StandardScaler(), PCA(), KerasMLPClassifier())``. It knows
    `KerasMLPClassifier`, `KerasCNNClassifier` and `ImageScaler` once skdigits is imported. It
    finds a converter by the exact class, so your own classes have to be registered.

    Parameters
    ----------
    estimator_class : type
        The class, whose network ONNX can express.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.
    TypeError
        If it is not a subclass of `BaseKerasClassifier`.

    See Also
    --------
    to_onnx : Needs no skl2onnx, for Pipelines of skdigits' own steps.

    Notes
    -----
    skl2onnx' options ``zipmap``, ``nocl``, ``raw_scores`` and ``output_class_labels`` work as for
    scikit-learn's classifiers; with ``raw_scores`` the second output holds the logits.

    Examples
    --------
    >>> from skdigits import KerasMLPClassifier
    >>> from skdigits.export import register_skl2onnx_converter
    >>> class MyClassifier(KerasMLPClassifier):
    ...     pass
    >>> register_skl2onnx_converter(MyClassifier)
    """
    if not (
        isinstance(estimator_class, type) and issubclass(estimator_class, BaseKerasClassifier)
    ):
        raise TypeError(
            f"Expected a subclass of BaseKerasClassifier, got {estimator_class!r}. Pass the class "
            "itself."
        )
    skl2onnx = import_optional("skl2onnx", extra="skl2onnx", purpose="register_skl2onnx_converter")
    skl2onnx.update_registered_converter(
        estimator_class,
        f"{estimator_class.__module__}.{estimator_class.__qualname__}",
        _set_classifier_types,
        _convert_classifier,
        options=_OPTIONS,
    )


def register_own() -> None:
    """Register the estimators of skdigits; skl2onnx is loaded."""
    import skl2onnx

    for estimator_class in (KerasMLPClassifier, KerasCNNClassifier):
        register_skl2onnx_converter(estimator_class)
    skl2onnx.update_registered_converter(
        ImageScaler, "SkdigitsImageScaler", _set_scaler_type, _convert_scaler
    )


def _set_classifier_types(operator: Any) -> None:
    """Tell skl2onnx the types of labels and probabilities."""
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
    from skl2onnx.common.utils_classifier import get_label_classes

    classifier = operator.raw_operator
    n_samples = operator.inputs[0].get_first_dimension()
    classes = label_values(get_label_classes(operator.scope_inst, classifier))
    label_type = StringTensorType if classes.dtype == object else Int64TensorType
    label, scores = operator.outputs
    label.set_type(label_type([n_samples]))
    scores.set_type(FloatTensorType([n_samples, len(classes)]))


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a classifier."""
    from skl2onnx.common.utils_classifier import get_label_classes

    classifier = operator.raw_operator
    graph = GraphBuilder()
    samples = _samples_of(operator, classifier.sample_shape_)
    logits = ClassifierGraph(graph).add_logits(classifier, samples)
    labels = add_labels(graph, logits, label_values(get_label_classes(scope, classifier)))
    if scope.get_options(classifier, {"raw_scores": False})["raw_scores"]:
        scores = logits
    else:
        scores = graph.add("Softmax", [logits], axis=1)
    _copy_into(container, scope, graph, operator, [labels, scores])


def _set_scaler_type(operator: Any) -> None:
    """Tell skl2onnx the type of scaled images."""
    from skl2onnx.common import data_types

    scaler = operator.raw_operator
    kind = {"float16": "Float16", "float32": "Float", "float64": "Double"}
    tensor_type = getattr(data_types, f"{kind[np.dtype(scaler.dtype).name]}TensorType")
    n_samples = operator.inputs[0].get_first_dimension()
    operator.outputs[0].set_type(tensor_type([n_samples, *scaler.output_shape_]))


def _convert_scaler(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of an ImageScaler."""
    scaler = operator.raw_operator
    graph = GraphBuilder()
    scaled = add_image_scaler(graph, scaler, _samples_of(operator, scaler.sample_shape_))
    _copy_into(container, scope, graph, operator, [scaled.name])


def _samples_of(operator: Any, fitted_on: tuple[int, ...]) -> Samples:
    """Describe the single input of an operator."""
    from skl2onnx.common.data_types import Float16TensorType, guess_proto_type

    if len(operator.inputs) != 1:
        raise ExportError(
            f"{type(operator.raw_operator).__name__} takes one input with all features, got "
            f"{len(operator.inputs)}. Pass samples as one array, as in "
            "skl2onnx.to_onnx(pipeline, X[:1])."
        )
    (variable,) = operator.inputs
    is_half = isinstance(variable.type, Float16TensorType)
    element = TensorProto.FLOAT16 if is_half else guess_proto_type(variable.type)
    _, *shape = variable.type.shape or [None]
    # A step of scikit-learn may leave the number of its features open.
    shape = shape if shape and all(shape) else fitted_on
    return Samples(variable.full_name, tuple(shape), helper.tensor_dtype_to_np_dtype(element))


def _copy_into(
    container: Any, scope: Any, graph: GraphBuilder, operator: Any, results: list[str]
) -> None:
    """Copy a graph, under names that nothing else in skl2onnx' graph has."""
    kind = type(operator.raw_operator).__name__
    opset = container.target_opset_any_domain("")
    if opset < _LOWEST_OPSET:
        raise ExportError(
            f"{kind} needs ONNX' operators of version {_LOWEST_OPSET} or later, got target_opset="
            f"{opset}. Pass target_opset={_LOWEST_OPSET} or higher, or omit it."
        )
    names = {variable.full_name: variable.full_name for variable in operator.inputs}
    for constant in graph.initializers:
        name = names[constant.name] = scope.get_unique_variable_name(constant.name)
        content: Any = constant
        if constant.data_type == TensorProto.STRING:
            content = [text.encode() for text in numpy_helper.to_array(constant)]
        container.add_initializer(name, constant.data_type, list(constant.dims), content)
    for node in graph.nodes:
        (output,) = node.output
        names[output] = scope.get_unique_variable_name(output)
        container.add_node(
            node.op_type,
            [names[name] if name else "" for name in node.input],
            [names[output]],
            op_domain=node.domain,
            name=scope.get_unique_operator_name(node.op_type),
            **{one.name: helper.get_attribute_value(one) for one in node.attribute},
        )
    for variable, result in zip(operator.outputs, results, strict=True):
        container.add_node(
            "Identity",
            [names[result]],
            [variable.full_name],
            name=scope.get_unique_operator_name("Identity"),
        )

"""From a fitted model to JSON values and arrays."""

from __future__ import annotations

import math
from functools import singledispatchmethod
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._archive import KINDS, array_name, array_to_bytes
from .._inference import Session, StoredNetwork, UnsupportedLayerError
from .._sklearn_callbacks import ATTRIBUTE as SKLEARN_CALLBACKS
from .._typing import AnyArray
from ..exceptions import UnsavableModelError
from ._classes import (
    CALLBACKS,
    CLASSES,
    FOLDERS,
    METRICS,
    SCALARS,
    KnownClass,
    class_name,
    function_name,
    params_of,
)
from ._keras_objects import describe_keras_object
from ._networks import (
    UnusableNetworkError,
    network_costs,
    plain_architecture,
    trial_logits,
)
from ._scikit_learn import plain_state
from ._sizes import NetworkTooLargeError, Total

_OUTPUT = "_sklearn_output_config"
_CURE = "Use joblib.dump(pipeline, path), and load its files only from people whom you trust."


class Encoder:
    """Describe a fitted model and collect its arrays.

    Parameters
    ----------
    weights_dtype : str
        Data type in which the weights of networks are kept.

    Attributes
    ----------
    arrays : dict of str to bytes
        Contents of the ``.npy`` files that the description refers to, by name.
    """

    def __init__(self, weights_dtype: str) -> None:
        self.arrays: dict[str, bytes] = {}
        self._total = Total()
        self._weights_dtype = np.dtype(weights_dtype)

    def estimator(self, estimator: Any, where: str) -> dict[str, Any]:
        """Describe an estimator and what it has learned.

        Parameters
        ----------
        estimator : estimator
            Of a class that a file may name.
        where : str
            Where it was found, for an error.

        Returns
        -------
        described : dict
            JSON values.

        Raises
        ------
        UnsavableModelError
            If something about it cannot be written to such a file.
        """
        name = class_name(estimator)
        if name is None:
            raise _refusal(where, estimator)
        known, state = CLASSES[name], plain_state(estimator)
        params = params_of(estimator)
        if CALLBACKS in params:
            params[CALLBACKS] = None
        self._check_state(estimator, known, params)
        kind = type(estimator).__name__
        described: dict[str, Any] = {
            "class": name,
            "params": {
                key: self.value(value, f"the parameter {key!r} of {kind}")
                for key, value in params.items()
            },
        }
        kept = _kept_attributes(estimator, known, params)
        describe = self.value if known.fitted is not None else self._exact_value
        described["fitted"] = {
            key: describe(state[key], f"the attribute {key!r} of {kind}") for key in kept
        }
        if _OUTPUT in state:
            described["output"] = state[_OUTPUT]["transform"]
        if "_trained_network" in state:
            described["network"] = self._network(estimator)
        return described

    def _exact_value(self, value: Any, where: str) -> Any:
        """Describe an attribute; NumPy scalars compute in their own precision."""
        if isinstance(value, np.floating):
            return {"scalar": [value.dtype.name, self.value(value, where)]}
        return self.value(value, where)

    @staticmethod
    def _check_state(estimator: Any, known: KnownClass, params: dict[str, Any]) -> None:
        """Refuse to leave anything out in silence."""
        kind = type(estimator).__name__
        for name in FOLDERS:
            if params.get(name) is not None:
                raise UnsavableModelError(
                    f"save_model cannot write a {kind} with {name}={params[name]!r}: a file "
                    f"must not name a folder. Call set_params({name}=None) first."
                )
        metrics = params.get(METRICS)
        if metrics is not None and not _are_names(metrics):
            raise UnsavableModelError(
                f"save_model cannot write a {kind} with Keras' objects as metrics. Name the "
                'metrics, such as metrics=["auc"], or call '
                "set_params(metrics=None) first: only training needs them."
            )
        if known.fitted is None:
            return
        expected = {*params, *known.fitted, *known.remade, _OUTPUT, SKLEARN_CALLBACKS}
        state = vars(estimator)
        # Under the names of parameters that were set since the file was read.
        described = state.get("_described", {})
        for key, value in (described | state).items():
            if key not in expected:
                raise _refusal(f"the attribute {key!r} of {kind}", value)

    def _network(self, classifier: Any) -> dict[str, Any]:
        """Keep the architecture and the weights of a network, if Keras' own code runs it."""
        kind, shape = type(classifier).__name__, classifier.input_shape_
        try:
            stored = classifier._stored_network()  # noqa: SLF001 - the class owns its state
        except UnsupportedLayerError as error:
            raise UnsavableModelError(
                f"save_model cannot write this {kind}: {error} {_CURE}"
            ) from error
        with np.errstate(over="ignore"):
            weights = [np.asarray(array, self._weights_dtype) for array in stored.weights]
        self._check_finite(weights)
        try:
            architecture = plain_architecture(stored.architecture)
            rounded = [array.astype(np.float32, copy=False) for array in weights]
            stored = StoredNetwork(architecture, rounded)
            costs = network_costs(stored, shape, classifier._n_outputs())  # noqa: SLF001 - as above
            self._total.add(classifier, costs)
        except (NetworkTooLargeError, UnusableNetworkError) as error:
            raise UnsavableModelError(
                f"save_model cannot write this {kind}: {error} {_CURE}"
            ) from error
        trial = trial_logits(Session(architecture, rounded), shape)
        self._check_finite([trial])
        return {
            "architecture": architecture,
            "weights": [self._array(array) for array in weights],
            "trial": self._array(trial),
        }

    def _check_finite(self, arrays: list[AnyArray]) -> None:
        """Refuse weights that give no prediction, and outputs that are none."""
        if not all(np.isfinite(array).all() for array in arrays):
            raise UnsavableModelError(
                "save_model cannot write a network whose weights or outputs are not finite in "
                f'{self._weights_dtype}. Use weights_dtype="float32"; if that does not help, '
                "train again."
            )

    def _array(self, array: AnyArray) -> dict[str, str]:
        """Keep an array as a file and refer to it."""
        name = array_name(len(self.arrays))
        self.arrays[name] = array_to_bytes(array)
        return {"array": name}

    @singledispatchmethod
    def value(self, value: Any, where: str) -> Any:
        """Describe any value that a file can hold.

        Parameters
        ----------
        value : object
            A parameter, an attribute or a part of one.
        where : str
            Where it was found, for an error.

        Returns
        -------
        described : JSON value
            What JSON lacks is an object with one key that says what it is.

        Raises
        ------
        UnsavableModelError
            If a file cannot hold it.
        """
        if class_name(value) is not None:  # one that is no estimator, such as a splitter
            return self._estimator(value, where)
        function = function_name(value)
        if function is not None:
            return {"function": function}
        described = describe_keras_object(value)
        if described is not None:
            return {"keras": described}
        raise _refusal(where, value)

    @value.register(type(None))
    @value.register(bool)
    @value.register(int)
    @value.register(str)
    def _plain(self, value: Any, where: str) -> Any:
        return value

    @value.register(float)
    def _float(self, value: float, where: str) -> Any:
        return value if math.isfinite(value) else {"float": str(value)}

    @value.register(np.generic)
    def _scalar(self, value: Any, where: str) -> Any:
        return self.value(value.item(), where)

    @value.register(list)
    def _list(self, value: list[Any], where: str) -> Any:
        return [self.value(item, where) for item in value]

    @value.register(tuple)
    def _tuple(self, value: tuple[Any, ...], where: str) -> Any:
        return {"tuple": self._list(list(value), where)}

    @value.register(dict)
    def _dict(self, value: dict[Any, Any], where: str) -> Any:
        return {"dict": [self._list([key, item], where) for key, item in value.items()]}

    @value.register(slice)
    def _slice(self, value: slice, where: str) -> Any:
        return {"slice": self._list([value.start, value.stop, value.step], where)}

    @value.register(type)
    def _type(self, value: type, where: str) -> Any:
        if issubclass(value, np.generic) and np.dtype(value).name in SCALARS:
            return {"type": np.dtype(value).name}
        raise _refusal(where, value)

    @value.register(np.dtype)
    def _dtype(self, value: np.dtype[Any], where: str) -> Any:
        if value.name in SCALARS and value.isnative:
            return {"dtype": value.name}
        raise _refusal(where, value)

    @value.register(BaseEstimator)
    def _estimator(self, value: BaseEstimator, where: str) -> Any:
        return {"estimator": self.estimator(value, where)}

    @value.register(np.ndarray)
    def _any_array(self, value: AnyArray, where: str) -> Any:
        if value.dtype.kind in KINDS:
            # Products of matrices round by their order in memory. A view may have an order that
            # a file cannot keep, and has that of its copy.
            return self._array(value if value.flags.forc else value.copy("K"))
        if value.dtype == object and value.ndim == 1:
            return {"objects": self._list(value.tolist(), where)}
        raise _refusal(where, value)


def _are_names(metrics: Any) -> bool:
    """Whether metrics are a name or names."""
    names = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return all(isinstance(name, str) for name in names)


def _kept_attributes(estimator: Any, known: KnownClass, params: dict[str, Any]) -> list[str]:
    """Name the attributes that a file keeps of an estimator."""
    state = vars(estimator)
    if known.fitted is not None:
        return [key for key in known.fitted if key in state]
    made = vars(type(estimator)(**params))  # among them what are no parameters, and never change
    dropped = {*made, *known.remade, _OUTPUT, SKLEARN_CALLBACKS}
    return [key for key in state if key not in dropped]


def _refusal(where: str, value: Any) -> UnsavableModelError:
    """Say what a file cannot hold, and what to do."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    found = f"save_model cannot write {where}: found {kind}."
    if isinstance(value, BaseEstimator) and hasattr(value, "best_estimator_"):
        return UnsavableModelError(
            f"{found} Save its best estimator: save_model(search.best_estimator_, path)."
        )
    return UnsavableModelError(
        f"{found} A file that runs no code when it is loaded can hold skdigits' and many of "
        "scikit-learn's own estimators, numbers, strings, arrays of them, and Keras' own "
        f"optimizers, schedules, losses and initializers. {_CURE}"
    )

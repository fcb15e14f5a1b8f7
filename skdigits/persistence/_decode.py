"""From JSON values and arrays back to a fitted model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .._archive import array_from_bytes, shown
from .._inference import StoredNetwork
from .._typing import AnyArray
from ..exceptions import ModelFileError
from ._classes import CALLBACKS, CLASSES, FOLDERS, SCALARS, find_class, find_function
from ._fitted import check_fitted
from ._keras_objects import keras_parameter
from ._networks import UnusableNetworkError, is_same, network_costs, trial_logits
from ._scikit_learn import complete
from ._sizes import NetworkTooLargeError, Total

#: Nobody has more processors; each would be given a process.
_MAX_JOBS = 1024
#: Estimators and Keras objects: a few bytes describe one, and Keras keeps variables for it.
_MAX_OBJECTS = 1000
#: What the weights of a network are kept in.
_DTYPES = ("float32", "float16")
_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Decoder:
    """Make what an `Encoder` has described, by constructors and attributes alone.

    Parameters
    ----------
    arrays : mapping of str to bytes
        Contents of ``.npy`` files by name.
    """

    def __init__(self, arrays: Mapping[str, bytes]) -> None:
        self._arrays = dict(arrays)
        self._total = Total()
        self._networks: list[_Network] = []
        #: Names of scikit-learn's classes that have learned something.
        self.learned: set[str] = set()

    def read(self, described: dict[str, Any]) -> None:
        """Make a model of all arrays that there are, and check its networks.

        Parameters
        ----------
        described : dict
            JSON values.

        Raises
        ------
        ModelFileError
            If the description is not one that `Encoder` gives, or its networks cost too much.
            Other faults of a description raise any exception.
        """
        n_objects = _count_objects(described)
        if n_objects > _MAX_OBJECTS:
            raise ModelFileError(
                f"it describes {n_objects:,} estimators and Keras objects; at most "
                f"{_MAX_OBJECTS:,} are allowed. Do not use it."
            )
        self._model = self._estimator(described)
        if self._arrays:
            raise ModelFileError(
                f"nothing in it refers to {shown(list(self._arrays))}. Do not use it."
            )

    def finish(self) -> Any:
        """Give the classifiers that were read their networks, and try those.

        Returns
        -------
        model : estimator
            Fitted.

        Raises
        ------
        ModelFileError
            As for `read`.
        """
        for network in self._networks:
            network.restore()
        check_is_fitted(self._model)
        return self._model

    def _value(self, described: Any) -> Any:
        if isinstance(described, list):
            return [self._value(item) for item in described]
        if isinstance(described, float) and not math.isfinite(described):
            raise ModelFileError("a number in it is not finite. Do not use it.")
        if not isinstance(described, dict):
            return described
        [(kind, content)] = described.items()
        return self._READERS[kind](self, content)

    def _array(self, name: str) -> AnyArray:
        """Take an array, which nothing else can then refer to."""
        return array_from_bytes(self._arrays.pop(name))

    def _objects(self, content: list[Any]) -> AnyArray:
        array = np.empty(len(content), dtype=object)
        for i, item in enumerate(content):
            array[i] = self._value(item)
        return array

    def _dict(self, content: list[Any]) -> dict[Any, Any]:
        return {self._value(key): self._value(item) for key, item in content}

    def _scalar(self, content: list[Any]) -> Any:
        name, number = content
        return _scalar_dtype(name).type(self._value(number))

    def _estimator(self, described: dict[str, Any]) -> Any:
        """Make an estimator, fitted if it was."""
        name = described["class"]
        make = find_class(name)
        params, keras_objects = self._params(described["params"])
        estimator = make(**params)
        if hasattr(make, "_parameter_constraints"):
            estimator._validate_params()  # noqa: SLF001 - as scikit-learn does in fit
        self._set_fitted(name, estimator, described["fitted"])
        if "output" in described:
            estimator.set_output(transform=described["output"])
        if "network" in described:
            if "_trained_network" not in CLASSES[name].remade:
                raise ModelFileError(f"{name} has no network of its own. Do not use it.")
            self._take_network(estimator, described["network"], keras_objects)
        elif keras_objects:
            estimator._describe_params(keras_objects)  # noqa: SLF001 - the class owns its state
        complete(estimator)
        return estimator

    def _params(self, described: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Make parameters; those that are Keras' objects stay descriptions."""
        keras_objects = {
            key: keras_parameter(key, value["keras"])
            for key, value in described.items()
            if isinstance(value, dict) and "keras" in value
        }
        params = {
            key: self._value(value) for key, value in described.items() if key not in keras_objects
        }
        _check_params(params | keras_objects)
        _check_parts(params)
        return params, keras_objects

    def _set_fitted(self, name: str, estimator: Any, described: dict[str, Any]) -> None:
        """Set what a fit has left."""
        known = CLASSES[name]
        for key in described:
            is_one = key in known.fitted if known.fitted is not None else _is_free(estimator, key)
            if not is_one or key in known.remade:
                raise ModelFileError(
                    f"{name} has no fitted attribute {shown(key)}. Do not use it."
                )
        fitted = {key: self._value(value) for key, value in described.items()}
        if known.fitted is not None:
            check_fitted(name, fitted)
        elif fitted:
            self.learned.add(name)
        for key, value in fitted.items():
            setattr(estimator, key, value)

    def _take_network(
        self, classifier: Any, described: dict[str, Any], keras_objects: dict[str, Any]
    ) -> None:
        """See that a network is one that may be run, and keep it."""
        weights, trial = self._value(described["weights"]), self._value(described["trial"])
        for array in (*weights, trial):
            if array.dtype.name not in _DTYPES:
                raise ModelFileError(
                    "expected float32 or float16 for the weights of a network, found "
                    f"{array.dtype.name}. Do not use it."
                )
            if not np.isfinite(array).all():
                raise ModelFileError(
                    "the weights or the outputs of a network are not finite. Do not use it."
                )
        stored = StoredNetwork(
            described["architecture"],
            [array.astype(np.float32, copy=False) for array in weights],
        )
        try:
            n_outputs = classifier._n_outputs()  # noqa: SLF001 - the class owns its state
            costs = network_costs(stored, classifier.input_shape_, n_outputs)
            self._total.add(classifier, costs)
        except (NetworkTooLargeError, UnusableNetworkError) as error:
            raise ModelFileError(f"{error} Do not use it.") from error
        self._networks.append(_Network(classifier, stored, keras_objects, trial))

    #: How to read each kind of object that a description has for what JSON lacks.
    _READERS: ClassVar[dict[str, Callable[[Any, Any], Any]]] = {
        "array": _array,
        "dict": _dict,
        "dtype": lambda self, content: _scalar_dtype(content),
        "estimator": _estimator,
        "float": lambda self, content: _FLOATS[content],
        "function": lambda self, content: find_function(content),
        "objects": _objects,
        "scalar": _scalar,
        "slice": lambda self, content: slice(*self._value(content)),
        "type": lambda self, content: _scalar_dtype(content).type,
        "tuple": lambda self, content: tuple(self._value(content)),
    }


def _scalar_dtype(name: Any) -> np.dtype[Any]:
    """Give the dtype of a plain number."""
    if not isinstance(name, str) or name not in SCALARS:
        raise ModelFileError(f"{shown(name)} is no type of numbers. Do not use it.")
    return np.dtype(name)


def _is_free(estimator: Any, key: str) -> bool:
    """Whether an estimator of scikit-learn has nothing of that name before it is fitted."""
    taken = key.startswith(("__", "_sklearn")) or hasattr(type(estimator), key)
    return key.isidentifier() and not taken and key not in vars(estimator)


def _count_objects(described: Any) -> int:
    """Count the estimators and Keras objects of a description, before one is made."""
    if isinstance(described, list):
        return sum(map(_count_objects, described))
    if isinstance(described, dict):
        is_one = "estimator" in described or "keras" in described
        return is_one + sum(map(_count_objects, described.values()))
    return 0


def _check_params(params: dict[str, Any]) -> None:
    """Refuse parameters that would do something to this machine in the next fit."""
    for folder in FOLDERS:
        if params.get(folder) is not None:
            raise ModelFileError(
                f"its next fit would use the folder {shown(params[folder])}. Do not use it."
            )
    if params.get(CALLBACKS) is not None:
        raise ModelFileError("its next fit would run callbacks from the file. Do not use it.")
    n_jobs = params.get("n_jobs")
    if n_jobs is not None and not (type(n_jobs) is int and abs(n_jobs) <= _MAX_JOBS):
        raise ModelFileError(
            f"its next fit would start {shown(n_jobs)} processes; n_jobs may be {_MAX_JOBS:,} at "
            "most. Do not use it."
        )


def _check_parts(params: dict[str, Any]) -> None:
    """Refuse steps and voters that have no name or are not estimators."""
    for part in (*params.get("steps", ()), *params.get("estimators", ())):
        match part:
            case (str(), BaseEstimator() | str() | None):
                continue
        raise ModelFileError(
            f"expected names and estimators as parts of a model, found {shown(part)}. Do not "
            "use it."
        )


class _Network(NamedTuple):
    """A network that was read, and the classifier that it belongs to."""

    classifier: Any
    stored: StoredNetwork
    keras_objects: dict[str, Any]
    trial: AnyArray

    def restore(self) -> None:
        """Give the classifier its network, and see that it gives what it gave."""
        classifier = self.classifier
        classifier._restore(self.stored, self.keras_objects)  # noqa: SLF001 - owns its state
        run = classifier._run_network  # noqa: SLF001 - as it predicts
        if not is_same(trial_logits(run, classifier.input_shape_), self.trial):
            raise ModelFileError(
                "its network does not give the same outputs as when it was saved, so this version "
                "of skdigits or ONNX Runtime computes a different one. Load it with the versions "
                "that wrote it."
            )

"""From JSON values and arrays back to a fitted model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from .._archive import array_from_bytes, shown
from .._typing import AnyArray
from ..exceptions import ModelFileError
from ..neural_network._loading import load_keras
from ._classes import CALLBACKS, CLASSES, FOLDERS, find_class
from ._fitted import check_fitted
from ._sizes import NetworkTooLargeError, Total

#: Nobody has more processors; each would be given a process.
_MAX_JOBS = 1024
#: Estimators and Keras objects: a few bytes describe one, and Keras keeps variables for it.
_MAX_OBJECTS = 1000
#: Keras makes a tensor of each number of a schedule.
_MAX_SETTINGS = 1000
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
        #: Classifiers with the weights of their networks and what those must give.
        self._networks: list[tuple[Any, list[AnyArray], AnyArray]] = []

    def read(self, described: dict[str, Any]) -> None:
        """Make a model of all arrays that there are, but for its networks.

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
        """Build the networks of what was read.

        Returns
        -------
        model : estimator
            Fitted.

        Raises
        ------
        ModelFileError
            As for `read`.
        """
        for classifier, weights, trial in self._networks:
            _restore_network(classifier, weights, trial)
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
        array[:] = self._value(content)
        return array

    def _dict(self, content: list[Any]) -> dict[Any, Any]:
        return {self._value(key): self._value(item) for key, item in content}

    def _keras(self, content: dict[str, Any]) -> Any:
        for key, item in content["config"].items():
            if isinstance(item, list) and len(item) > _MAX_SETTINGS:
                raise ModelFileError(
                    f"the setting {shown(key)} of a Keras object has {len(item):,} values; "
                    f"at most {_MAX_SETTINGS:,} are allowed. Do not use it."
                )
        load_keras()
        from ._keras_objects import make_keras_object

        config = {key: self._value(item) for key, item in content["config"].items()}
        return make_keras_object(content["class"], config)

    def _estimator(self, described: dict[str, Any]) -> Any:
        """Make an estimator, fitted if it was."""
        name = described["class"]
        make = find_class(name)
        params = {key: self._value(value) for key, value in described["params"].items()}
        _check_params(params)
        _check_parts(params)
        estimator = make(**params)
        if hasattr(estimator, "_parameter_constraints"):
            estimator._validate_params()  # noqa: SLF001 - as scikit-learn does in fit
        for key in described["fitted"]:
            if key not in CLASSES[name].fitted:
                raise ModelFileError(
                    f"{name} has no fitted attribute {shown(key)}. Do not use it."
                )
        fitted = {key: self._value(value) for key, value in described["fitted"].items()}
        check_fitted(name, fitted)
        for key, value in fitted.items():
            setattr(estimator, key, value)
        if "output" in described:
            estimator.set_output(transform=described["output"])
        if "network" in described:
            if "model_" not in CLASSES[name].remade:
                raise ModelFileError(f"{name} has no network of its own. Do not use it.")
            self._take_network(estimator, described["network"])
        if hasattr(estimator, "estimators_"):
            _finish_voting(estimator)
        return estimator

    def _take_network(self, classifier: Any, described: dict[str, Any]) -> None:
        """See that a network is worth building, and keep what it is built of."""
        try:
            self._total.add(classifier)
        except NetworkTooLargeError as error:
            raise ModelFileError(f"{error}. Do not use it.") from error
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
        self._networks.append((classifier, weights, trial))

    #: How to read each kind of object that a description has for what JSON lacks.
    _READERS: ClassVar[dict[str, Callable[[Any, Any], Any]]] = {
        "array": _array,
        "dict": _dict,
        "estimator": _estimator,
        "float": lambda self, content: _FLOATS[content],
        "keras": _keras,
        "objects": _objects,
        "tuple": lambda self, content: tuple(self._value(content)),
    }


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


def _restore_network(classifier: Any, weights: list[AnyArray], trial: AnyArray) -> None:
    """Give a classifier its network, and see that it gives what it gave."""
    classifier._restore_network(weights)  # noqa: SLF001 - the class owns its state
    from ._trial import is_same, trial_logits

    if not is_same(trial_logits(classifier), trial):
        raise ModelFileError(
            "its network does not give the same outputs as when it was saved, so this version of "
            "skdigits or Keras builds a different one. Load it with the versions that wrote it."
        )


def _finish_voting(voting: Any) -> None:
    """Make the attributes of a VotingClassifier that follow from the others."""
    voting.le_ = LabelEncoder()
    voting.le_.classes_ = voting.classes_
    names = [name for name, voter in voting.estimators if voter != "drop"]
    fitted = dict(zip(names, voting.estimators_, strict=True))
    voting.named_estimators_ = Bunch(
        **{name: fitted.get(name, "drop") for name, _ in voting.estimators}
    )

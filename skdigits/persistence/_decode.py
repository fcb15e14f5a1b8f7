"""From JSON values and arrays back to a fitted model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from .._typing import AnyArray
from ..exceptions import ModelFileError
from ._arrays import array_from_bytes
from ._classes import CLASSES, FOLDERS, find_class


class Decoder:
    """Make what an `Encoder` has described, by constructors and attributes alone.

    Parameters
    ----------
    arrays : mapping of str to bytes
        Contents of ``.npy`` files by name.
    """

    def __init__(self, arrays: Mapping[str, bytes]) -> None:
        self._arrays = dict(arrays)

    def model(self, described: dict[str, Any]) -> Any:
        """Make a model of all arrays that there are.

        Parameters
        ----------
        described : dict
            JSON values.

        Returns
        -------
        model : estimator
            Fitted.

        Raises
        ------
        ModelFileError
            If the description is not one that `Encoder` gives. What else goes wrong
            with such a description raises whatever it raises.
        """
        model = self._estimator(described)
        if self._arrays:
            raise ModelFileError(
                f"nothing in it refers to {', '.join(self._arrays)}. Do not use it."
            )
        return model

    def _value(self, described: Any) -> Any:
        if isinstance(described, list):
            return [self._value(item) for item in described]
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
        from ._keras_objects import make_keras_object

        config = {key: self._value(item) for key, item in content["config"].items()}
        return make_keras_object(content["class"], config)

    def _estimator(self, described: dict[str, Any]) -> Any:
        """Make an estimator, fitted if it was."""
        name = described["class"]
        make = find_class(name)
        params = {key: self._value(value) for key, value in described["params"].items()}
        for folder in FOLDERS:
            if params.get(folder) is not None:
                raise ModelFileError(
                    f"its next fit would use the folder {params[folder]!r}. Do not use it."
                )
        estimator = make(**params)
        for key, value in described["fitted"].items():
            if key not in CLASSES[name].fitted:
                raise ModelFileError(f"{name} has no fitted attribute {key!r}. Do not use it.")
            setattr(estimator, key, self._value(value))
        if "output" in described:
            estimator.set_output(transform=described["output"])
        if "network" in described:
            self._restore_network(estimator, described["network"])
        if hasattr(estimator, "estimators_"):
            _finish_voting(estimator)
        return estimator

    def _restore_network(self, classifier: Any, described: dict[str, Any]) -> None:
        """Give a classifier its network, and see that it gives what it gave."""
        from sklearn.utils import check_random_state

        from ..neural_network._loading import load_tensorflow

        classifier._validate_params()
        _check_shapes(classifier)
        load_tensorflow()
        from ..neural_network._network_params import network_params
        from ._network import is_same, rebuild_network, trial_logits

        network = rebuild_network(classifier, self._value(described["weights"]))
        if not is_same(trial_logits(network), self._value(described["trial"])):
            raise ModelFileError(
                "its network does not give the outputs that it gave when it was saved, so this "
                "version of skdigits or Keras builds another one. Load it with the versions that "
                "it was written by."
            )
        classifier.model_ = network
        classifier._random_state = check_random_state(classifier.random_state)
        classifier._network_params = network_params(classifier)

    #: How to read each kind of object that a description has for what JSON lacks.
    _READERS: ClassVar[dict[str, Callable[[Any, Any], Any]]] = {
        "array": _array,
        "dict": _dict,
        "estimator": _estimator,
        "float": lambda self, content: float(content),
        "keras": _keras,
        "objects": _objects,
        "tuple": lambda self, content: tuple(self._value(content)),
    }


def _check_shapes(classifier: Any) -> None:
    """Refuse shapes that cannot be those of one fit."""
    for shape in (classifier.sample_shape_, classifier.input_shape_):
        if min(shape, default=0) < 1 or math.prod(shape) != classifier.n_features_in_:
            raise ModelFileError(
                f"samples of shape {shape} do not have {classifier.n_features_in_} features. Do "
                "not use it."
            )


def _finish_voting(voting: Any) -> None:
    """Make the attributes of a VotingClassifier that follow from the others."""
    voting.le_ = LabelEncoder()
    voting.le_.classes_ = voting.classes_
    fitted = iter(voting.estimators_)
    voting.named_estimators_ = Bunch(
        **{name: est if est == "drop" else next(fitted) for name, est in voting.estimators}
    )

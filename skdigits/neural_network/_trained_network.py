"""A trained network in the forms that it takes, and what predicts with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from .._inference import HiddenLayer, Session, StoredNetwork, UnsupportedLayerError
from .._typing import AnyArray, FloatArray
from ..exceptions import UnknownNameError
from ._engine._plan import CompileSettings
from ._engine._tensorflow import BUILD_LOCK, load_tensorflow

if TYPE_CHECKING:
    import keras

    from ._engine._watch import WeightWatch

Backend: TypeAlias = Literal["onnxruntime", "tensorflow"]


class _Predict(Protocol):
    """Computes the logits of samples, or the activations of a layer."""

    n_outputs: int

    def __call__(self, x: AnyArray) -> FloatArray:
        """Compute."""


class _Prediction(NamedTuple):
    """What predicts, and what tells whether it still has the weights of a shared model."""

    predict: _Predict
    watch: WeightWatch | None

    def is_current(self) -> bool:
        """Whether the weights are those that it has."""
        return self.watch is None or self.watch.is_unchanged()


class TrainedNetwork:
    """A trained network: at rest, or as a Keras model, and what predicts with it.

    It is at rest if it comes from a file, and a Keras model once it is trained or somebody has
    asked for one. What predicts is made at the first prediction: a session of ONNX Runtime, or
    TensorFlow if the network cannot be expressed in ONNX.

    Parameters
    ----------
    form : StoredNetwork or keras.Model
        The network; a Keras model is compiled.
    is_shared : bool, default=False
        Whether somebody else may hold the Keras model and change its weights.
    """

    def __init__(self, form: StoredNetwork | keras.Model, *, is_shared: bool = False) -> None:
        self._stored = form if isinstance(form, StoredNetwork) else None
        self._model = None if isinstance(form, StoredNetwork) else form
        #: Whether somebody else may hold the Keras model.
        self.is_shared = is_shared
        #: What computes the logits, under None, and what computes the activations of a layer.
        self._predictions: dict[HiddenLayer | None, _Prediction] = {}

    def model_to_share(self, settings: CompileSettings) -> keras.Model:
        """Give the Keras model to somebody who may change it.

        Parameters
        ----------
        settings : CompileSettings
            What the network is compiled with, if it was stored without its training.

        Returns
        -------
        model : keras.Model
            Compiled; the same in each call.
        """
        with BUILD_LOCK:
            model = self._compiled_model(settings)
            if not self.is_shared:
                self.is_shared = True
                self._predictions.clear()
        return model

    def model_to_train(self, settings: CompileSettings, *, is_shared: bool) -> keras.Model:
        """Give the Keras model to the engine, which will change it.

        Parameters
        ----------
        settings : CompileSettings
            As for `model_to_share`.
        is_shared : bool
            Whether somebody else sees it in training, as callbacks do.

        Returns
        -------
        model : keras.Model
            Compiled.
        """
        with BUILD_LOCK:
            self.is_shared |= is_shared
            self._predictions.clear()
            return self._compiled_model(settings)

    def forget_prediction(self) -> None:
        """Predict with the weights after a training, also if somebody has predicted meanwhile."""
        with BUILD_LOCK:
            self._predictions.clear()

    def has_model(self, model: keras.Model) -> bool:
        """Whether a Keras model is this network.

        Parameters
        ----------
        model : keras.Model
            After it has been trained.

        Returns
        -------
        same : bool
            False if it is another one.
        """
        return self._model is model

    def at_rest(self) -> StoredNetwork:
        """Give the network as it is now, at rest.

        Returns
        -------
        stored : StoredNetwork
            For a pickle.
        """
        with BUILD_LOCK:
            if self._stored is not None:
                return self._stored
            from ._engine._storage import store_network

            return store_network(self._as_model())

    def architecture_and_weights(self) -> StoredNetwork:
        """Give what prediction needs of the network as it is now.

        Returns
        -------
        stored : StoredNetwork
            Without what further training needs.

        Raises
        ------
        UnsupportedLayerError
            If Keras' configuration does not say all that the network computes.
        """
        with BUILD_LOCK:
            if self._stored is None:
                from ._engine._storage import describe_architecture

                model = self._as_model()
                return StoredNetwork(describe_architecture(model), model.get_weights())
            training = self._stored.training
            if training is not None and training.custom_objects:
                from ._engine._custom_objects import refuse_own_code

                refuse_own_code(training.custom_objects.items())
            return self._stored._replace(training=None)

    def kernels(self) -> list[AnyArray]:
        """Copy the arrays by which the layers multiply their inputs, as they are now.

        Returns
        -------
        kernels : list of ndarray
            In the order of the layers. Biases and scales, which have one axis, are left out.
        """
        with BUILD_LOCK:
            stored = self._stored
            weights = self._as_model().get_weights() if stored is None else stored.weights
        return [np.array(each) for each in weights if np.ndim(each) > 1]

    @property
    def needs_optimizer(self) -> bool:
        """Whether its Keras model would be compiled anew, as that of a model file is."""
        return self._stored is not None and self._stored.training is None

    @property
    def backend(self) -> Backend:
        """What computes predictions."""
        is_session = isinstance(self._current_prediction(None), Session)
        return "onnxruntime" if is_session else "tensorflow"

    def logits(self, x: AnyArray) -> FloatArray:
        """Compute the logits of samples.

        Parameters
        ----------
        x : ndarray, shape (n_samples, ...)
            Samples of any real dtype, in the shape that the network takes.

        Returns
        -------
        logits : ndarray of float32, shape (n_samples, n_classes)
            The network's outputs.
        """
        return self._current_prediction(None)(x)

    def activations(self, x: AnyArray, layer: str | int | None) -> FloatArray:
        """Compute the activations of a layer.

        Parameters
        ----------
        x : ndarray, shape (n_samples, ...)
            As for `logits`.
        layer : str, int or None
            As for `HiddenLayer`.

        Returns
        -------
        activations : ndarray of float32, shape (n_samples, n_activations)
            Flat.

        Raises
        ------
        UnknownNameError
            If the network has no such layer.
        """
        return self._current_prediction(HiddenLayer(layer))(x)

    def n_activations(self, layer: str | int | None) -> int:
        """Count the activations of a layer for one sample.

        Parameters
        ----------
        layer : str, int or None
            As for `activations`.

        Returns
        -------
        n_activations : int
            The number.
        """
        return self._current_prediction(HiddenLayer(layer)).n_outputs

    def _current_prediction(self, hidden: HiddenLayer | None) -> _Predict:
        """Find or make what predicts with the weights that there are now."""
        prediction = self._predictions.get(hidden)
        if prediction is None or not prediction.is_current():
            with BUILD_LOCK:
                prediction = self._predictions[hidden] = self._make_prediction(hidden)
        return prediction.predict

    def _make_prediction(self, hidden: HiddenLayer | None) -> _Prediction:
        """Make what predicts, and what watches the weights if somebody else may change them."""
        try:
            return self._make_session(hidden)
        except UnknownNameError:
            raise
        except (UnsupportedLayerError, ValueError):
            model = self._as_model()
            from ._engine._compiled_prediction import KerasPrediction

            # It reads the weights in each call.
            return _Prediction(KerasPrediction(model, hidden), None)

    def _make_session(self, hidden: HiddenLayer | None) -> _Prediction:
        """Make a session, if the configuration says all that the network computes."""
        if self._stored is not None:
            stored = self.architecture_and_weights()
            return _Prediction(Session(stored.architecture, stored.weights, hidden), None)
        from ._engine._storage import describe_architecture
        from ._engine._watch import WeightWatch

        model = self._as_model()
        architecture = describe_architecture(model)
        watch = WeightWatch(model)
        session = Session(architecture, watch.weights, hidden)
        return _Prediction(session, watch if self.is_shared else None)

    def _as_model(self) -> keras.Model:
        """Make the Keras model, which from then on is the network."""
        if self._model is None:
            load_tensorflow()
            from ._engine._storage import restore_network

            assert self._stored is not None
            self._model = restore_network(self._stored)
            self._stored = None
        return self._model

    def _compiled_model(self, settings: CompileSettings) -> keras.Model:
        """Make the Keras model, ready to be trained."""
        model = self._as_model()
        if not model.compiled:
            from ._engine._network import compile_anew

            compile_anew(model, settings)
        return model

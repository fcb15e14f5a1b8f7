"""A trained network in the forms that it takes, and what predicts with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from .._inference import Session, StoredNetwork, UnsupportedLayerError
from .._typing import AnyArray, FloatArray
from ._engine._plan import CompileSettings
from ._engine._tensorflow import BUILD_LOCK, load_tensorflow

if TYPE_CHECKING:
    import keras

    from ._engine._watch import WeightWatch

Backend: TypeAlias = Literal["onnxruntime", "tensorflow"]
_Predict: TypeAlias = Callable[[AnyArray], FloatArray]


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
        #: What predicts, and what tells whether it still has the weights of a shared model.
        self._prediction: tuple[_Predict, WeightWatch | None] | None = None

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
                self._prediction = None
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
            self._prediction = None
            return self._compiled_model(settings)

    def forget_prediction(self) -> None:
        """Predict with the weights after a training, also if somebody has predicted meanwhile."""
        with BUILD_LOCK:
            self._prediction = None

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

    @property
    def needs_optimizer(self) -> bool:
        """Whether its Keras model would be compiled anew, as that of a model file is."""
        return self._stored is not None and self._stored.training is None

    @property
    def backend(self) -> Backend:
        """What computes predictions."""
        predict, _ = self._current_prediction()
        return "onnxruntime" if isinstance(predict, Session) else "tensorflow"

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
        predict, _ = self._current_prediction()
        return predict(x)

    def _current_prediction(self) -> tuple[_Predict, WeightWatch | None]:
        """Find or make what predicts with the weights that there are now."""
        prediction = self._prediction
        if prediction is None or not (prediction[1] is None or prediction[1].is_unchanged()):
            with BUILD_LOCK:
                prediction = self._prediction = self._make_prediction()
        return prediction

    def _make_prediction(self) -> tuple[_Predict, WeightWatch | None]:
        """Make what predicts, and what watches the weights if somebody else may change them."""
        try:
            return self._make_session()
        except (UnsupportedLayerError, ValueError):
            model = self._as_model()
            from ._engine._compiled_prediction import predict_logits

            # It reads the weights in each call.
            return partial(predict_logits, model), None

    def _make_session(self) -> tuple[Session, WeightWatch | None]:
        """Make a session, if the configuration says all that the network computes."""
        if self._stored is not None:
            stored = self.architecture_and_weights()
            return Session(stored.architecture, stored.weights), None
        from ._engine._storage import describe_architecture
        from ._engine._watch import WeightWatch

        model = self._as_model()
        architecture = describe_architecture(model)
        watch = WeightWatch(model)
        return Session(architecture, watch.weights), watch if self.is_shared else None

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

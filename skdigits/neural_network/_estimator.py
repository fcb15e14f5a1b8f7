"""An estimator that owns a trained network: fitted state, pickles, clones."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from .._inference import StoredNetwork
from .._typing import AnyArray, FloatArray, RandomState
from ._engine._plan import CompileSettings
from ._engine._tensorflow import load_tensorflow
from ._keras_params import (
    clone_classifier,
    described_names,
    forget_described,
    make_described,
    pack_params,
    take_described,
)
from ._parameters import COMPILED_WITH, changed_params, network_params
from ._trained_network import Backend, TrainedNetwork

if TYPE_CHECKING:
    import keras

    from ._engine._network import Build


def _defaults(kind: type) -> dict[str, Any]:
    """Collect the defaults of all parameters of a class and of its base classes."""
    constructors = [vars(each)["__init__"] for each in kind.__mro__ if "__init__" in vars(each)]
    return {
        name: parameter.default
        for constructor in reversed(constructors)
        for name, parameter in inspect.signature(constructor).parameters.items()
        if parameter.default is not parameter.empty
    }


class NetworkEstimator(BaseEstimator):
    """Owner of a trained network: nothing outside of this class replaces or drops it.

    A subclass has the parameters, and gives the function that builds the network.
    """

    #: What draws the numbers of a training, from its beginning on.
    _random_state: Any
    random_state: RandomState

    @property
    def model_(self) -> keras.Model:
        """The trained network as a Keras model."""
        network = self._network_of("model_")
        if network.needs_optimizer:
            self._validate_params()
        return network.model_to_share(self._compile_settings())

    @model_.setter
    def model_(self, network: keras.Model) -> None:
        self._trained_network = TrainedNetwork(network, is_shared=True)

    @property
    def prediction_backend_(self) -> Backend:
        """What computes predictions."""
        return self._network_of("prediction_backend_").backend

    @property
    def coefs_(self) -> list[AnyArray]:
        """The weights by which the layers multiply their inputs, from the first layer on."""
        return self._network_of("coefs_").kernels()

    def _network_of(self, attribute: str) -> TrainedNetwork:
        """Give the network for an attribute that there is after a fit only."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {attribute!r} before it is "
                "fitted. Call fit first."
            )
        return self._trained_network

    def _compile_settings(self) -> CompileSettings:
        """Gather the parameters that a network is compiled with."""
        return CompileSettings(**{name: getattr(self, name) for name in COMPILED_WITH})

    def _run_network(self, x: AnyArray) -> FloatArray:
        """Compute the logits of samples in the shape that the network takes."""
        return self._trained_network.logits(x)

    def _activations(self, x: AnyArray, layer: str | int | None) -> FloatArray:
        """Compute the activations of a layer, of samples in the shape that the network takes."""
        return self._trained_network.activations(x, layer)

    def _n_activations(self, layer: str | int | None) -> int:
        """Count the activations of a layer."""
        return self._trained_network.n_activations(layer)

    def _stored_network(self) -> StoredNetwork:
        """Give the network at rest, with what prediction needs of it."""
        return self._trained_network.architecture_and_weights()

    def _restore(self, stored: StoredNetwork, described: dict[str, Any]) -> None:
        """Become fitted with a network at rest, as it is read from a file.

        Classes, shapes and all parameters are set already but for those that are Keras' objects,
        whose descriptions are made to objects when somebody reads them.
        """
        params = network_params(self.get_params() | described)
        self._trained_network = TrainedNetwork(stored)
        self._seed()
        self._describe_params(described | {"_network_params": params})

    def _describe_params(self, described: dict[str, Any]) -> None:
        """Take parameters that are Keras' objects, which are made when somebody reads them."""
        take_described(self.__dict__, described)

    def __getattr__(self, name: str) -> Any:
        # Called for what is not there: perhaps a Keras object of a file, which is made only now.
        if hasattr(type(self), name):  # a property, whose own error says what is missing
            return object.__getattribute__(self, name)
        make_described(self.__dict__, name, type(self).__name__)
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        """List the attributes, without those that load TensorFlow or slow predictions when read.

        scikit-learn reads all that are listed when a notebook displays the classifier.
        """
        is_shared = self.__sklearn_is_fitted__() and self._trained_network.is_shared
        left_out = {"_n_features_out"} | (
            set() if is_shared else {"model_", "prediction_backend_"}
        )
        # Not scikit-learn's, which reads them all.
        names = object.__dir__(self)
        found = [name for name in names if name not in left_out and hasattr(self, name)]
        return [*found, *described_names(self.__dict__)]

    def __delattr__(self, name: str) -> None:
        if not forget_described(self.__dict__, name):
            super().__delattr__(name)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the network at rest."""
        state = pack_params(super().__getstate__())
        if "_trained_network" in state:
            state |= {"_trained_network": state["_trained_network"].at_rest().to_state()}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the network at rest."""
        if "_trained_network" in state:
            stored = StoredNetwork.from_state(state["_trained_network"])
            state = state | {"_trained_network": TrainedNetwork(stored)}
        elif "model_" in state:
            load_tensorflow()
            from ._engine._storage import restore_old_network

            state = dict(state)
            network = restore_old_network(state.pop("model_"))
            state["_trained_network"] = TrainedNetwork(network)
        own: dict[str, Any] = {}
        # An older skdigits has written no parameter that has come since.
        take_described(own, _defaults(type(self)) | state)
        super().__setstate__(own)

    def __sklearn_clone__(self) -> Self:
        """Clone as scikit-learn does, also where Keras itself could not copy a parameter."""
        return clone_classifier(self)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that a network has been trained."""
        return "_trained_network" in vars(self)

    def _forget(self) -> None:
        """Drop the fitted state, so that a failed fit leaves an unfitted classifier."""
        for name in list(vars(self)):
            is_fitted = name.endswith("_") and not name.startswith("_")
            if is_fitted or name in ("_random_state", "_network_params", "_trained_network"):
                delattr(self, name)

    def _seed(self) -> None:
        """Let a new training draw its numbers from ``random_state``."""
        self._random_state = check_random_state(self.random_state)

    def _network_to_train(
        self,
        build: Build,
        n_outputs: int,
        *,
        steps_per_epoch: int,
        epochs: int,
        renew: bool,
        is_shared: bool,
    ) -> keras.Model:
        """Build a network, or renew the optimiser and loss of the previous one.

        Without changed parameters, partial_fit keeps the optimiser as it is.
        """
        from ._engine._network import (
            check_same_weights,
            follow_frozen_layers,
            new_network,
            renew_network,
        )

        settings = self._compile_settings()
        steps = {"steps_per_epoch": steps_per_epoch, "epochs": epochs}
        params = network_params(self.get_params())
        if not self.__sklearn_is_fitted__():
            network = new_network(
                build, n_outputs, settings, **steps, random_state=self._random_state
            )
            self._network_params = params
            return network
        network = self._trained_network.model_to_train(settings, is_shared=is_shared)
        changed = changed_params(getattr(self, "_network_params", {}), params)
        if changed - COMPILED_WITH:
            check_same_weights(network, build, n_outputs)
        if changed or renew:
            renew_network(network, settings, **steps)
            self._network_params = params
        else:
            follow_frozen_layers(network)
        return network

    def _keep(self, network: keras.Model, *, is_shared: bool) -> None:
        """Become fitted with a network that has been trained."""
        if not (self.__sklearn_is_fitted__() and self._trained_network.has_model(network)):
            self._trained_network = TrainedNetwork(network, is_shared=is_shared)

    def _forget_prediction(self) -> None:
        """Predict with the weights after a training, if there is a network."""
        if self.__sklearn_is_fitted__():
            self._trained_network.forget_prediction()

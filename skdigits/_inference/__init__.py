"""A network at rest, its graph and what runs it, without Keras."""

from ._builder import GraphBuilder, LayerCost, Tensor, UnsupportedLayerError, float_value
from ._graph import HiddenLayer, add_network, network_model
from ._runtime import open_session
from ._session import Session
from ._stored_layer import policy_name
from ._stored_network import StoredNetwork, TrainingState

__all__ = [
    "GraphBuilder",
    "HiddenLayer",
    "LayerCost",
    "Session",
    "StoredNetwork",
    "Tensor",
    "TrainingState",
    "UnsupportedLayerError",
    "add_network",
    "float_value",
    "network_model",
    "open_session",
    "policy_name",
]

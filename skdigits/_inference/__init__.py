"""A network at rest, its graph and what runs it, without Keras."""

from ._builder import GraphBuilder, LayerCost, Tensor, UnsupportedLayerError, float_value
from ._graph import add_network, network_model
from ._session import Session, single_threaded
from ._stored_network import StoredNetwork, TrainingState

__all__ = [
    "GraphBuilder",
    "LayerCost",
    "Session",
    "StoredNetwork",
    "Tensor",
    "TrainingState",
    "UnsupportedLayerError",
    "add_network",
    "float_value",
    "network_model",
    "single_threaded",
]

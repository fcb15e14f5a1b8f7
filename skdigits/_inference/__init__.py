"""A network at rest, its graph and what runs it, without Keras."""

from ._graph import GraphBuilder, LayerCost, Tensor, UnsupportedLayerError, add_network
from ._session import Session
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
]

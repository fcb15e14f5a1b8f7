"""What networks cost, worked out from their layers before one is run.

A few bytes can describe a network that takes hours or all memory to run. The limits leave room
for networks such as VGG16 on images of 224x224 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._inference import LayerCost

#: Pixels of one sample, such as 1,182 x 1,182 in three channels.
MAX_INPUT = 2**22
#: Pixels in a row of an image.
MAX_SIDE = 2**18
#: What one layer gives for a sample, such as 32 maps of 512 x 512.
MAX_OUTPUTS = 2**23
#: Layers of one network, and of all in a file. Keras takes four times as long for twice as many.
MAX_LAYERS, MAX_LAYERS_OF_ALL = 100, 400
#: What all layers of a network give for a sample: it may keep all of that at once.
MAX_OUTPUTS_OF_LAYERS = 2**25
#: What all layers of all networks give for a sample, and what their windows look at.
MAX_VALUES = 2**28
#: Multiplications for one sample, as in loading, and for all copies that prediction looks at.
MAX_PRODUCTS, MAX_PRODUCTS_OF_COPIES = 2**36, 2**38


class NetworkTooLargeError(ValueError):
    """Networks cost more than those of a model file may."""


class Total:
    """What the networks of a file cost together."""

    def __init__(self) -> None:
        self._layers = self._values = self._products = self._products_of_copies = 0

    def add(self, classifier: Any, costs: Sequence[LayerCost]) -> None:
        """Count in the network of one more classifier.

        Parameters
        ----------
        classifier : KerasMLPClassifier or KerasCNNClassifier
            Knows its input shape already.
        costs : sequence of LayerCost
            What the network's input and each layer take.

        Raises
        ------
        NetworkTooLargeError
            If it is too large, or all are together.
        """
        shape = classifier.input_shape_
        sides = shape if len(shape) > 1 else ()
        n_inputs, layers = costs[0].outputs, len(costs) - 1
        self._layers += layers
        outputs = sum(cost.outputs for cost in costs)
        self._values += outputs + sum(cost.gathered for cost in costs)
        products = sum(cost.products for cost in costs)
        self._products += products
        self._products_of_copies += products * _n_copies(classifier)
        for what, found, most in (
            ("samples of {} values", n_inputs, MAX_INPUT),
            ("images with a side of {} pixels", max(sides, default=0), MAX_SIDE),
            ("a layer that gives {} values", max(c.outputs for c in costs), MAX_OUTPUTS),
            ("layers that give {} values", outputs, MAX_OUTPUTS_OF_LAYERS),
            ("a network of {} layers", layers, MAX_LAYERS),
            ("networks of {} layers", self._layers, MAX_LAYERS_OF_ALL),
            ("networks that compute {} values for a sample", self._values, MAX_VALUES),
            ("{} multiplications for a sample", self._products, MAX_PRODUCTS),
            (
                "{} multiplications for the copies of a sample",
                self._products_of_copies,
                MAX_PRODUCTS_OF_COPIES,
            ),
        ):
            if found > most:
                raise NetworkTooLargeError(
                    f"found {what.format(f'{found:,}')}; a model file may have {most:,} at most."
                )


def _n_copies(classifier: Any) -> int:
    """Count the copies of a sample that prediction looks at."""
    moved = 5 if classifier.test_time_shift else 1
    return moved * (3 if classifier.test_time_rotation else 1)

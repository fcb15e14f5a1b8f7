"""What networks cost, worked out from their parameters before anything is built.

A few bytes of parameters can describe a network that takes hours or all memory to build or to
run. The limits leave room for networks such as VGG16 on images of 224x224 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..neural_network._convolution import convolution_blocks
from ..neural_network._parameters import layer_sizes, per_layer

#: Pixels of one sample, such as 1,182 x 1,182 in three channels.
MAX_INPUT = 2**22
#: Pixels in a row of an image: TensorFlow takes far more memory for longer ones.
MAX_SIDE = 2**18
#: What one layer gives for a sample, such as 32 maps of 512 x 512.
MAX_OUTPUTS = 2**23
#: Layers of one network, and of all in a file. Keras takes four times as long for twice as many.
MAX_LAYERS, MAX_LAYERS_OF_ALL = 100, 400
#: What all layers give for a sample, and what their kernels look at: TensorFlow gathers it.
MAX_VALUES = 2**28
#: Multiplications for one sample, as in loading, and for all copies that prediction looks at.
MAX_PRODUCTS, MAX_PRODUCTS_OF_COPIES = 2**36, 2**38


class NetworkTooLargeError(ValueError):
    """Networks cost more than those of a model file may."""


class Step(NamedTuple):
    """A part of a network, for one sample.

    Parameters
    ----------
    layers : int
        Layers of Keras.
    outputs : int
        Values that one of them gives.
    gathered : int
        Values that kernels look at.
    products : int
        Multiplications.
    """

    layers: int
    outputs: int
    gathered: int = 0
    products: int = 0


class Total:
    """What the networks of a file cost together."""

    def __init__(self) -> None:
        self._layers = self._values = self._products = self._products_of_copies = 0

    def add(self, classifier: Any) -> None:
        """Count in the network of one more classifier.

        Parameters
        ----------
        classifier : KerasMLPClassifier or KerasCNNClassifier
            Knows its classes and input shape already.

        Raises
        ------
        NetworkTooLargeError
            If it is too large, or all are together.
        ValueError
            If the parameters describe no network.
        """
        n_inputs = math.prod(classifier.input_shape_)
        sides = classifier.input_shape_ if hasattr(classifier, "filters") else ()
        steps = list(network_steps(classifier))
        layers = sum(step.layers for step in steps)
        self._layers += layers
        self._values += n_inputs
        self._values += sum(step.layers * step.outputs + step.gathered for step in steps)
        products = sum(step.products for step in steps)
        self._products += products
        self._products_of_copies += products * _n_copies(classifier)
        for what, found, most in (
            ("samples of {} values", n_inputs, MAX_INPUT),
            ("images with a side of {} pixels", max(sides, default=0), MAX_SIDE),
            ("a layer that gives {} values", max(s.outputs for s in steps), MAX_OUTPUTS),
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
                    f"found {what.format(f'{found:,}')}; a model file may have {most:,} at most"
                )


def network_steps(classifier: Any) -> Iterator[Step]:
    """Go through the network of a classifier.

    Parameters
    ----------
    classifier : KerasMLPClassifier or KerasCNNClassifier
        Knows its classes and input shape already.

    Yields
    ------
    step : Step
        First those nearest to the input.

    Raises
    ------
    ValueError
        If the parameters describe no network.
    """
    shape = classifier.input_shape_
    n_inputs = math.prod(shape)
    #: A convolution or a hidden layer, with normalisation and activation after it.
    n_layers = 3 if classifier.batch_normalization else 1
    if hasattr(classifier, "filters"):
        for step in _convolutions(classifier, n_layers):
            yield step
            n_inputs = step.outputs
    if len(shape) > 1:
        yield Step(1, n_inputs)
    sizes = layer_sizes("hidden_layer_sizes", classifier.hidden_layer_sizes)
    rates = per_layer("dropout", classifier.dropout, len(sizes), low=0, high=1)
    for units, rate in zip(sizes, rates, strict=True):
        yield Step(n_layers + bool(rate), units, 0, n_inputs * units)
        n_inputs = units
    n_classes = len(classifier.classes_)
    yield Step(1, n_classes, 0, n_inputs * n_classes)


def _convolutions(classifier: Any, n_layers: int) -> Iterator[Step]:
    """Go through the blocks of convolutions."""
    height, width, channels = classifier.input_shape_
    for block in convolution_blocks(
        classifier.input_shape_,
        classifier.filters,
        classifier.kernel_size,
        classifier.pool_size,
        classifier.conv_dropout,
    ):
        rows, columns = block.kernel_size
        for filters in block.filters:
            height, width = height - rows + 1, width - columns + 1
            gathered = height * width * rows * columns * channels
            yield Step(n_layers, height * width * filters, gathered, gathered * filters)
            channels = filters
        height, width = height // block.pool_size[0], width // block.pool_size[1]
        after = (block.pool_size != (1, 1)) + bool(block.dropout)
        yield Step(after, height * width * channels)


def _n_copies(classifier: Any) -> int:
    """Count the copies of a sample that prediction looks at."""
    moved = 5 if classifier.test_time_shift else 1
    return moved * (3 if classifier.test_time_rotation else 1)

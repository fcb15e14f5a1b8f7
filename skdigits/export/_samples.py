"""Samples in an ONNX graph, and what the estimators do with them before a network."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from onnx import helper
from scipy import ndimage

from .._image import put_channels_last, require_image_shape
from .._inference import GraphBuilder
from .._typing import AnyArray
from ..exceptions import ExportError
from ..neural_network.augmentation import MOST_PIXELS_OF_MATRIX
from ..preprocessing import ImageScaler

_FLOAT32 = np.dtype(np.float32)


class Samples(NamedTuple):
    """Samples as a value in the graph.

    Attributes
    ----------
    name : str
        Name of the value.
    shape : tuple of int
        Shape of one sample.
    dtype : numpy.dtype
        Data type of its numbers.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def cast(self, graph: GraphBuilder, dtype: np.dtype[Any]) -> Samples:
        """Convert the numbers.

        Parameters
        ----------
        graph : GraphBuilder
            The graph.
        dtype : numpy.dtype
            Their new type.

        Returns
        -------
        samples : Samples
            With that type.
        """
        if self.dtype == dtype:
            return self
        to = helper.np_dtype_to_tensor_dtype(dtype)
        return self._replace(name=graph.add("Cast", [self.name], to=to), dtype=dtype)

    def reshape(self, graph: GraphBuilder, shape: tuple[int, ...]) -> Samples:
        """Give each sample another shape.

        Parameters
        ----------
        graph : GraphBuilder
            The graph.
        shape : tuple of int
            The new shape, of as many numbers.

        Returns
        -------
        samples : Samples
            With that shape.
        """
        if self.shape == shape:
            return self
        return self._replace(name=graph.reshape(self.name, shape), shape=shape)


def add_rows(graph: GraphBuilder, x: Samples, *known: tuple[int, ...]) -> Samples:
    """Flatten samples as `flatten_samples` does: channels that come first are put last.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    x : Samples
        The samples.
    *known : tuple of int
        Shapes of a sample that are taken as they are.

    Returns
    -------
    rows : Samples
        Flat samples.
    """
    if len(x.shape) == 3 and x.shape not in known:
        last = put_channels_last(np.empty((0, *x.shape))).shape[1:]
        if last != x.shape:
            name = graph.add("Transpose", [x.name], perm=[0, 2, 3, 1])
            x = x._replace(name=name, shape=last)
    return x.reshape(graph, (math.prod(x.shape),))


def add_image_scaler(graph: GraphBuilder, scaler: ImageScaler, x: Samples) -> Samples:
    """Append what an ImageScaler does, step by step in the same arithmetic.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    scaler : ImageScaler
        Fitted.
    x : Samples
        The samples.

    Returns
    -------
    scaled : Samples
        In the scaler's shape and data type.
    """
    dtype = np.dtype(scaler.dtype)
    x = add_rows(graph, x, scaler.sample_shape_, scaler.output_shape_)
    x = x.cast(graph, np.result_type(x.dtype, dtype, np.float32))
    (low, high), (new_low, new_high) = (
        map(float, ends) for ends in (scaler.data_range, scaler.feature_range)
    )
    for operation, number, neutral in (
        ("Sub", low, 0),
        ("Div", high - low, 1),
        ("Mul", new_high - new_low, 1),
        ("Add", new_low, 0),
    ):
        if number != neutral:
            constant = graph.constant(np.array(number, x.dtype))
            x = x._replace(name=graph.add(operation, [x.name, constant]))
    return x.cast(graph, dtype).reshape(graph, scaler.output_shape_)


def add_copies(
    graph: GraphBuilder, x: Samples, image_shape: tuple[int, ...], *, shift: int, rotation: float
) -> list[str]:
    """Append the copies of images whose predictions are averaged, as `copies_at_test_time` does.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    x : Samples
        Flat samples of float32.
    image_shape : tuple of int
        Shape of a sample as an image.
    shift : int
        Pixels by which each is moved; 0 for no shift.
    rotation : float
        Degrees by which each is turned; 0 for no rotation.

    Returns
    -------
    names : list of str
        Flat copies; the first is `x` itself.

    Raises
    ------
    ExportError
        If a rotation needs too large a matrix.
    """
    if not (shift or rotation):
        return [x.name]
    turned = [x]
    parameter = "test_time_shift" if shift else "test_time_rotation"
    shape = require_image_shape(image_shape, parameter)
    if rotation:
        turned += _add_rotations(graph, x, shape, rotation)
    copies = []
    for each in turned:
        copies.append(each.name)
        if shift:
            copies += _add_shifts(graph, each, shape, shift)
    return copies


def _add_shifts(
    graph: GraphBuilder, x: Samples, shape: tuple[int, int, int], pixels: int
) -> list[str]:
    """Append four moved copies; pixels that come in get the smallest value of their image."""
    images = x.reshape(graph, shape).name
    background = graph.add("ReduceMin", [images, graph.integers([1, 2, 3])], keepdims=1)
    moved = []
    for axis in (1, 2):
        side = shape[axis - 1]
        move = min(pixels, side)
        strip = [*shape]
        strip[axis - 1] = move
        border = graph.add("Expand", [background, graph.integers([1, *strip])])
        for start, stop in ((move, side), (0, side - move)):
            parts = [border]
            if start < stop:
                limits = [graph.integers([number]) for number in (start, stop, axis)]
                kept = graph.add("Slice", [images, *limits])
                parts = [kept, border] if start else [border, kept]
            whole = graph.add("Concat", parts, axis=axis)
            moved.append(graph.reshape(whole, x.shape))
    return moved


def _add_rotations(
    graph: GraphBuilder, x: Samples, shape: tuple[int, int, int], degrees: float
) -> list[Samples]:
    """Append two turned copies: products with a matrix, as splines are linear in the pixels."""
    height, width, channels = shape
    n_pixels = height * width
    if n_pixels > MOST_PIXELS_OF_MATRIX:
        raise ExportError(
            f"to_onnx cannot express test_time_rotation for images of {height}x{width} pixels: "
            "the file holds a matrix with a row and a column for each pixel, and images may have "
            f"at most {MOST_PIXELS_OF_MATRIX:,}. Call set_params(test_time_rotation=0) on the "
            "classifier first; it need not be fitted again."
        )
    axes = graph.integers([1])
    smallest = graph.add("ReduceMin", [x.name, axes], keepdims=1)
    planes = graph.add("Sub", [x.name, smallest])
    largest = graph.add("ReduceMax", [planes, axes], keepdims=1)
    if channels > 1:
        by_pixel = graph.reshape(planes, (n_pixels, channels))
        planes = graph.add("Transpose", [by_pixel], perm=[0, 2, 1])
    matrix = graph.constant(_rotation_matrix(height, width, degrees))
    mirror = graph.constant(np.arange(n_pixels).reshape(height, width)[:, ::-1].ravel())
    copies = []
    # To turn to the other side is to turn the mirror image: one matrix is enough for both.
    for is_mirrored in (True, False):
        before = graph.add("Gather", [planes, mirror], axis=-1) if is_mirrored else planes
        turned = graph.add("MatMul", [before, matrix])
        if is_mirrored:
            turned = graph.add("Gather", [turned, mirror], axis=-1)
        if channels > 1:
            turned = graph.add("Transpose", [turned], perm=[0, 2, 1])
            turned = graph.reshape(turned, x.shape)
        inside = graph.add("Min", [graph.add("Relu", [turned]), largest])
        copies.append(x._replace(name=graph.add("Add", [inside, smallest])))
    return copies


def _rotation_matrix(height: int, width: int, degrees: float) -> AnyArray:
    """Turn each image that has a single bright pixel; a row is a flat turned image."""
    n_pixels = height * width
    images = np.eye(n_pixels).reshape(n_pixels, height, width)
    turned: AnyArray = ndimage.rotate(images, degrees, axes=(2, 1), reshape=False)
    return turned.reshape(n_pixels, n_pixels).astype(_FLOAT32)

"""Elastic distortion: places to read pixels from, displaced by a smooth random field."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from ..._typing import FloatArray

#: The noise reaches this many standard deviations beyond a picture, so that its
#: border is displaced like its middle.
_MARGIN = 2.0
#: Standard deviations between two points of the noise.
_STEP = 1.25


def smoothing_matrix(side: int, scale: float) -> FloatArray:
    """Make the matrix that smooths noise along one axis.

    The noise stands on points further apart than pixels: closer ones would give the
    same field, as a Gaussian has no detail finer than its standard deviation.

    Parameters
    ----------
    side : int
        Number of pixels.
    scale : float
        Standard deviation of the Gaussian, in pixels.

    Returns
    -------
    matrix : ndarray of float32, shape (side, n_points)
        Rows of length 1, so that noise keeps its standard deviation.
    """
    step = max(_STEP * scale, 1.0)
    n_points = math.ceil((side - 1 + 2 * _MARGIN * scale) / step) + 1
    points = (side - 1) / 2 + step * (np.arange(n_points) - (n_points - 1) / 2)
    distances = (np.arange(side)[:, np.newaxis] - points) / scale
    # From the nearest point, which keeps a narrow Gaussian between two points above 0.
    squares = distances**2 - (distances**2).min(axis=1, keepdims=True)
    weights = np.exp(-squares / 2)
    return (weights / np.linalg.norm(weights, axis=1, keepdims=True)).astype(np.float32)


def draw_places(
    transforms: tf.Tensor, seed: tf.Tensor, size: tuple[int, int], deviation: float, scale: float
) -> tf.Tensor:
    """Draw where the pixels of each picture are read from.

    Parameters
    ----------
    transforms : tensor of float32, shape (n_pictures, 6)
        As `draw_transforms` returns them; the displacement is added.
    seed : tensor of int32, shape (2,)
        Equal for equal draws.
    size : tuple of int
        Height and width of a picture.
    deviation : float
        Standard deviation of the displacement along each axis, in pixels.
    scale : float
        Standard deviation of the Gaussian that smooths the noise, in pixels.

    Returns
    -------
    places : tensor of float32, shape (2, n_pictures, height, width)
        Columns, then rows.
    """
    height, width = size
    down, across = smoothing_matrix(height, scale), smoothing_matrix(width, scale)
    n_pictures, n_points = tf.shape(transforms)[0], down.shape[1]
    # The standard deviation of uniform noise is its range divided by the square root of 12.
    reach = deviation * math.sqrt(3)
    shape = (2 * n_pictures * n_points, across.shape[1])
    noise = tf.random.stateless_uniform(shape, seed, -reach, reach)
    smooth = tf.reshape(noise @ across.T, (2, n_pictures, n_points, width))
    # Two more points, of the weights 1 and y, let the same product add the transforms.
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    by_x, by_y, constant = tf.unstack(
        tf.transpose(tf.reshape(transforms, (n_pictures, 2, 3, 1, 1)), (2, 1, 0, 3, 4))
    )
    rows = [smooth, constant + by_x * x, tf.repeat(by_y, width, axis=3)]
    weights = np.column_stack([down, np.ones_like(y), y])
    return tf.matmul(tf.constant(weights), tf.concat(rows, axis=2))

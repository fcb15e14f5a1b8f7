"""Random thickness of the strokes, as of another pen."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def change_thickness(pictures: tf.Tensor, seed: tf.Tensor, reach: float) -> tf.Tensor:
    """Make the strokes of each picture thicker or thinner.

    Parameters
    ----------
    pictures : tensor of float32, shape (n_pictures, height, width, channels)
        Pictures on a ground of 0.
    seed : tensor of int32, shape (2,)
        Equal for equal draws.
    reach : float
        Largest share of the way to the largest, or the smallest, of a pixel and its
        eight neighbours.

    Returns
    -------
    changed : tensor of float32, shape (n_pictures, height, width, channels)
        Pictures on a ground of 0.
    """
    shape = (tf.shape(pictures)[0], 1, 1, 1)
    # Another number than those that the places are drawn with.
    seed = tf.random.experimental.stateless_fold_in(seed, -1)
    share = tf.random.stateless_uniform(shape, seed, -reach, reach)
    # The ground lies around a picture too, so that ink at its border is thinned like any other.
    around = tf.pad(pictures, [[0, 0], [1, 1], [1, 1], [0, 0]])
    thicker = _of_neighbours(around, tf.maximum) - pictures
    thinner = _of_neighbours(around, tf.minimum) - pictures
    return pictures + tf.nn.relu(share) * thicker + tf.nn.relu(-share) * thinner


def _of_neighbours(
    around: tf.Tensor, choose: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    """Choose among a pixel and its neighbours, down and then across."""
    rows = choose(choose(around[:, :-2], around[:, 1:-1]), around[:, 2:])
    return choose(choose(rows[:, :, :-2], rows[:, :, 1:-1]), rows[:, :, 2:])

"""Random thickness of the strokes, as if drawn by another pen."""

from __future__ import annotations

import tensorflow as tf


def draw_growth(n_images: tf.Tensor, seed: tf.Tensor, reach: float) -> tf.Tensor:
    """Draw how far the strokes of each image grow to each side.

    Parameters
    ----------
    n_images : tensor of int32
        Number of images.
    seed : tensor of int32, shape (2,)
        Equal seeds give equal draws.
    reach : float
        Largest growth, in pixels, above 0.

    Returns
    -------
    growth : tensor of float32, shape (n_images, 1, 1, 1)
        Uniform between minus half of `reach`, so that thin strokes do not vanish, and `reach`.
    """
    # A separate seed, so that the other changes stay the same.
    seed = tf.random.experimental.stateless_fold_in(seed, -1)
    return tf.random.stateless_uniform((n_images, 1, 1, 1), seed, -reach / 2, reach)


def change_thickness(images: tf.Tensor, growth: tf.Tensor, n_steps: int) -> tf.Tensor:
    """Make the strokes of each image thicker or thinner.

    Parameters
    ----------
    images : tensor of float32, shape (n_images, height, width, channels)
        Images on a background of 0.
    growth : tensor of float32, shape (n_images, 1, 1, 1)
        Pixels that strokes grow by to each side, or shrink by where it is below 0.
    n_steps : int
        Largest number of pixels, at least 1.

    Returns
    -------
    changed : tensor of float32, shape (n_images, height, width, channels)
        Images on a background of 0, with edges as steep as before.
    """
    # To shrink strokes, the background grows: the largest neighbour of the negative.
    sign = tf.where(growth < 0, -1.0, 1.0)
    values = sign * images
    for step in range(n_steps):
        share = tf.clip_by_value(tf.abs(growth) - step, 0.0, 1.0)
        # Squares and crosses in turn grow octagons, which are nearly round.
        largest = _largest_in_square if step % 2 == 0 else _largest_in_cross
        # The background continues around an image, so that ink at its border shrinks too.
        around = tf.pad(values, [[0, 0], [1, 1], [1, 1], [0, 0]])
        values += share * (largest(around) - values)
    return sign * values


def _largest_in_square(around: tf.Tensor) -> tf.Tensor:
    """Find the largest value of a pixel and its eight neighbours."""
    rows = _largest((around[:, :-2], around[:, 1:-1], around[:, 2:]))
    return _largest((rows[:, :, :-2], rows[:, :, 1:-1], rows[:, :, 2:]))


def _largest_in_cross(around: tf.Tensor) -> tf.Tensor:
    """Find the largest value of a pixel and the four beside it."""
    down, across = around[:, :, 1:-1], around[:, 1:-1]
    rows = _largest((down[:, :-2], down[:, 1:-1], down[:, 2:]))
    return _largest((rows, across[:, :, :-2], across[:, :, 2:]))


def _largest(parts: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tf.Tensor:
    """Find the largest of three tensors, element by element."""
    first, second, third = parts
    return tf.maximum(tf.maximum(first, second), third)

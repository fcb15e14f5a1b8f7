"""Bilinear sampling: pictures read at places between their pixels."""

from __future__ import annotations

import tensorflow as tf


def sample(pictures: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Read pictures at any places.

    Parameters
    ----------
    pictures : tensor of float32, shape (n_pictures, height, width, channels)
        Pictures on a ground of 0, which comes in from outside.
    places : tensor of float32, shape (2, n_pictures, height, width)
        Column and row that each new pixel is read from.

    Returns
    -------
    sampled : tensor of float32, shape (n_pictures, height, width, channels)
        Interpolated bilinearly.
    """
    height, width, channels = pictures.shape[1:]
    # Around the picture is a ring of 0; behind it, a spare row and column for the last pair.
    padded = tf.pad(pictures, [[0, 0], [1, 2], [1, 2], [0, 0]])
    last = tf.constant([width + 1.0, height + 1.0])[:, tf.newaxis, tf.newaxis, tf.newaxis]
    places = tf.clip_by_value(places + 1.0, 0.0, last)
    corners = tf.cast(places, tf.int32)
    x, y = tf.unstack((places - tf.cast(corners, tf.float32))[..., tf.newaxis])
    stride = width + 2
    starts = tf.range(tf.shape(pictures)[0]) * ((height + 3) * stride)
    index = corners[1] * stride + corners[0] + starts[:, tf.newaxis, tf.newaxis]
    # A pixel and the step to its right neighbour travel as one number: half the look-ups.
    left = padded[:, :, :-1]
    pairs = tf.reshape(tf.complex(left, padded[:, :, 1:] - left), (-1, channels))
    upper, lower = (
        tf.math.real(pair) + x * tf.math.imag(pair)
        for pair in (tf.gather(pairs, index), tf.gather(pairs, index + stride))
    )
    return upper + y * (lower - upper)

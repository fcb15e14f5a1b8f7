"""Blocks: every picture once, in order, whatever their number."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from skdigits.neural_network.augmentation import _blocks
from skdigits.neural_network.augmentation._blocks import map_blocks


@pytest.mark.parametrize("n_pictures", [1, 9, 10, 11, 35])
@pytest.mark.parametrize("compiled", [False, True])
def test_pictures_come_back_in_order(n_pictures, compiled, monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 10 * 6)
    pictures = np.random.RandomState(0).rand(n_pictures, 2, 3, 1).astype(np.float32)

    def negate(pictures):
        return map_blocks(lambda start, end: -pictures[start:end], pictures)

    if compiled:
        signature = (tf.TensorSpec((None, 2, 3, 1)),)
        negate = tf.function(negate, input_signature=signature, autograph=False)
    np.testing.assert_array_equal(negate(tf.constant(pictures)), -pictures)


def test_a_picture_that_grows_counts_for_more(monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 10 * 6)
    pictures, sizes = tf.ones((10, 2, 3, 1)), []

    def change(start, end):
        sizes.append(int(end - start))
        return pictures[start:end]

    map_blocks(change, pictures, 2)
    assert sizes == [5, 5]


def test_picture_larger_than_a_block_is_a_block(monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 3)
    pictures = tf.ones((2, 4, 4, 1))
    np.testing.assert_array_equal(
        map_blocks(lambda start, end: 2 * pictures[start:end], pictures), 2 * pictures
    )

"""Samples on their way to a program: the right ones, in order, without a copy of all."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits.neural_network._engine._plan import Samples
from skdigits.neural_network._engine._training import BatchBuffer, choose_capacity

from ..._small import both, figures


def numbered(n_rows, dtype="float32", shape=(3, 2)):
    x = np.arange(n_rows * int(np.prod(shape))).reshape(n_rows, *shape).astype(dtype)
    return Samples(x, np.arange(n_rows, dtype=np.int32), np.linspace(0, 1, n_rows, dtype="f4"))


@settings(deadline=None, max_examples=30)
@given(
    n_rows=st.integers(1, 40),
    capacity=st.integers(1, 50),
    dtype=st.sampled_from(["uint8", "int16", "int64", "float16", "float32", "float64", "bool"]),
    seed=st.integers(0, 9),
)
def test_takes_what_is_asked_for(n_rows, capacity, dtype, seed):
    samples = numbered(n_rows, dtype)
    buffer = BatchBuffer(samples, capacity)
    for _ in range(3):
        order = np.random.RandomState(seed).permutation(n_rows)[:capacity]
        for taken, part in zip(buffer.take(order), samples, strict=True):
            assert taken.shape[0] == capacity
            assert taken.dtype == part.dtype
            np.testing.assert_array_equal(taken[: len(order)], part[order])


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_tensor_lies_where_numpy_filled_it(dtype):
    buffer = BatchBuffer(numbered(50, dtype), 16)
    first = buffer.take(np.arange(16)).x
    before = first.numpy().copy()
    buffer.take(np.arange(16, 32))
    assert (first.numpy() != before).any()


def test_shared_tensor_is_aligned_for_vector_instructions():
    taken = BatchBuffer(numbered(1000, shape=(7, 7, 3)), 999).take(np.arange(999))
    product = tf.matmul(tf.reshape(taken.x, (999, 147)), tf.ones((147, 1)))
    np.testing.assert_allclose(product[5], numbered(1000, shape=(7, 7, 3)).x[5].sum(), rtol=1e-5)


@pytest.mark.parametrize("order", ["C", "F"])
@both
def test_samples_mapped_from_a_file_are_trained_on(order, make, digits, tmp_path):
    X, y = digits
    np.save(tmp_path / "pixels.npy", np.asarray(X, order=order))
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    from_file, from_memory = (make().fit(given, y) for given in (mapped, X))
    assert figures(from_file) == figures(from_memory)


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "expected"),
    [
        (60_000, 32, 16_384),
        (60_000, 200, 16_200),
        (300, 32, 512),
        (300, 500, 500),
        (1, 8, 8),
        (60_000, 50_000, 50_000),
    ],
)
def test_capacity_is_whole_batches(n_rows, batch_size, expected):
    x = np.broadcast_to(np.uint8(0), (n_rows, 4))
    assert choose_capacity(Samples(x, x[:, 0], x[:, 0]), batch_size) == expected


def test_capacity_for_large_images_is_small():
    x = np.broadcast_to(np.float32(0), (5_000, 64, 64, 3))
    assert choose_capacity(Samples(x, x[:, 0, 0, 0], x[:, 0, 0, 0]), 32) == 320

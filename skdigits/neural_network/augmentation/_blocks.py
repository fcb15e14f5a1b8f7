"""Work on many pictures a block at a time."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

#: Each step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 18


def map_blocks(
    change: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    pictures: tf.Tensor,
    magnification: int = 1,
) -> tf.Tensor:
    """Change pictures block by block.

    Parameters
    ----------
    change : callable
        Takes the number of the first picture of a block, and the number behind its
        last; returns the changed pictures.
    pictures : tensor of float32, shape (n_pictures, height, width, channels)
        The pictures; only their number and shape are used.
    magnification : int, default=1
        Values that `change` works on for each value of a picture.

    Returns
    -------
    changed : tensor of float32, shape (n_pictures, height, width, channels)
        What `change` returned, one block behind the other.
    """
    n_pictures, shape = tf.shape(pictures)[0], pictures.shape[1:]
    size = max(1, _BLOCK_VALUES // (magnification * shape.num_elements()))
    blocks = tf.TensorArray(
        tf.float32,
        size=(n_pictures + size - 1) // size,
        infer_shape=False,
        element_shape=(None, *shape),
    )

    def body(start: tf.Tensor, blocks: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        end = tf.minimum(start + size, n_pictures)
        return end, blocks.write(start // size, change(start, end))

    _, blocks = tf.while_loop(lambda start, _: start < n_pictures, body, (0, blocks))
    return blocks.concat()

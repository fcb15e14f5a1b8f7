"""Where the pixels of changed images are read from, and how they are read between pixels.

Shift, turn, size, slant and width are one linear map per image; an elastic distortion adds a
smooth random field to it. Bilinear interpolation reads the pixels, and blurs less on a finer grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from ..._typing import FloatArray

#: Pixels of the finer grid for each pixel, along each axis.
FACTOR = 3
#: The noise of an elastic distortion reaches this many standard deviations beyond an image, so
#: that its border is displaced like its middle.
_MARGIN = 2.0
#: Standard deviations between two points of the noise.
_STEP = 1.25
#: Each step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 18


def draw_transforms(
    n_images: tf.Tensor,
    seed: tf.Tensor,
    size: tuple[int, int],
    *,
    shift: float,
    rotation: float,
    zoom: float,
    shear: float,
    stretch: float,
) -> tf.Tensor:
    """Draw a random linear map for each image.

    Parameters
    ----------
    n_images : tensor of int32
        Number of images.
    seed : tensor of int32, shape (2,)
        Equal seeds give equal draws.
    size : tuple of int
        Height and width of an image.
    shift, rotation, zoom, shear, stretch : float
        The ranges of `ImageAugmentation`.

    Returns
    -------
    transforms : tensor of float32, shape (n_images, 6)
        Rows ``a, b, c, d, e, f``: the new pixel in column ``x`` and row ``y`` is read
        from column ``a x + b y + c`` and row ``d x + e y + f``.
    """
    draw = tf.random.stateless_uniform((5, n_images), seed, -1.0, 1.0)
    turn, scale = math.radians(rotation) * draw[0], 1.0 + zoom * draw[1]
    right, down = shift * draw[2], shift * draw[3]
    slant = shear * draw[4]
    cos, sin = tf.cos(turn) / scale, tf.sin(turn) / scale
    # The slant comes before the rotation, and after the change of width.
    a, b = cos + slant * sin, slant * cos - sin
    d, e = sin, cos
    if stretch:
        # A separate draw, so that the others are the same without it.
        own_seed = tf.random.experimental.stateless_fold_in(seed, -2)
        wider = 1.0 + tf.random.stateless_uniform((n_images,), own_seed, -stretch, stretch)
        a, b, d, e = a / wider, b / wider, d * wider, e * wider
    y_mid, x_mid = (size[0] - 1) / 2, (size[1] - 1) / 2
    c = x_mid - a * (x_mid + right) - b * (y_mid + down)
    f = y_mid - d * (x_mid + right) - e * (y_mid + down)
    return tf.stack([a, b, c, d, e, f], axis=1)


def move(images: tf.Tensor, transforms: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Apply linear maps by TensorFlow's own kernel.

    Parameters
    ----------
    images : tensor of float32, shape (n_images, height, width, channels)
        Images on a background of 0, which continues outside.
    transforms : tensor of float32, shape (n_images, 6)
        As returned by `draw_transforms`.
    size : tuple of int
        Height and width of a moved image.

    Returns
    -------
    moved : tensor of float32, shape (n_images, *size, channels)
        Interpolated bilinearly.
    """
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.pad(transforms, [[0, 0], [0, 2]]),
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def smoothing_matrix(side: int, scale: float) -> FloatArray:
    """Make the matrix that smooths noise along one axis.

    The points of the noise are farther apart than pixels: closer ones would give the
    same field, because a Gaussian has no detail finer than its standard deviation.

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
    # Relative to the nearest point, so that a narrow Gaussian between two points is above 0.
    squares = distances**2 - (distances**2).min(axis=1, keepdims=True)
    weights = np.exp(-squares / 2)
    matrix: FloatArray = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return matrix.astype(np.float32)


def draw_places(
    transforms: tf.Tensor, seed: tf.Tensor, size: tuple[int, int], deviation: float, scale: float
) -> tf.Tensor:
    """Draw elastic distortions, and find where the pixels of each image are read from.

    Parameters
    ----------
    transforms : tensor of float32, shape (n_images, 6)
        As returned by `draw_transforms`; the displacement is added.
    seed : tensor of int32, shape (2,)
        Equal seeds give equal draws.
    size : tuple of int
        Height and width of an image.
    deviation : float
        Standard deviation of the displacement along each axis, in pixels.
    scale : float
        Standard deviation of the Gaussian that smooths the noise, in pixels.

    Returns
    -------
    places : tensor of float32, shape (2, n_images, height, width)
        Columns, then rows.
    """
    height, width = size
    down, across = smoothing_matrix(height, scale), smoothing_matrix(width, scale)
    n_images, n_points = tf.shape(transforms)[0], down.shape[1]
    # The standard deviation of uniform noise is its range divided by the square root of 12.
    reach = deviation * math.sqrt(3)
    shape = (2 * n_images * n_points, across.shape[1])
    noise = tf.random.stateless_uniform(shape, seed, -reach, reach)
    smooth = tf.reshape(noise @ across.T, (2, n_images, n_points, width))
    # Two more points, with the weights 1 and y, add the transforms in the same product.
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    by_x, by_y, constant = tf.unstack(
        tf.transpose(tf.reshape(transforms, (n_images, 2, 3, 1, 1)), (2, 1, 0, 3, 4))
    )
    rows = [smooth, constant + by_x * x, tf.repeat(by_y, width, axis=3)]
    weights = np.column_stack([down, np.ones_like(y), y])
    return tf.matmul(tf.constant(weights), tf.concat(rows, axis=2))


def enlarge(images: tf.Tensor, interpolation: str) -> tf.Tensor:
    """Resize images to three times their height and width.

    Parameters
    ----------
    images : tensor of float32, shape (n_images, height, width, channels)
        Images whose values are at least 0.
    interpolation : str
        A method of `tf.image.resize`.

    Returns
    -------
    enlarged : tensor of float32, shape (n_images, 3 * height, 3 * width, channels)
        Clipped between 0 and the largest value of their image.
    """
    height, width = images.shape[1:3]
    down, across = (
        _enlarging_matrix(height, interpolation),
        _enlarging_matrix(width, interpolation),
    )
    # Two products with the weights of tf.image.resize are faster than tf.image.resize.
    rows = tf.einsum("ih,nhwc->niwc", down, images)
    enlarged = tf.einsum("jw,niwc->nijc", across, rows)
    largest = tf.reduce_max(images, axis=(1, 2, 3), keepdims=True)
    return tf.clip_by_value(enlarged, 0.0, largest)


def on_larger(transforms: tf.Tensor) -> tf.Tensor:
    """Convert transforms for enlarged images.

    Parameters
    ----------
    transforms : tensor of float32, shape (n_images, 6)
        As returned by `draw_transforms`, for the images themselves.

    Returns
    -------
    transforms : tensor of float32, shape (n_images, 6)
        The same places, in pixels of the finer grid.
    """
    # The centre of a pixel is the centre of the pixels that it becomes.
    middle = (FACTOR - 1) / 2
    return FACTOR * transforms + tf.constant([0.0, 0.0, middle, 0.0, 0.0, middle])


def sample(images: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Read images between their pixels.

    Parameters
    ----------
    images : tensor of float32, shape (n_images, height, width, channels)
        Images on a background of 0, which continues outside.
    places : tensor of float32, shape (2, n_images, new_height, new_width)
        Column and row that each new pixel is read from.

    Returns
    -------
    sampled : tensor of float32, shape (n_images, new_height, new_width, channels)
        Interpolated bilinearly.
    """
    height, width, channels = images.shape[1:]
    column, x = _split(places[0], width)
    row, y = _split(places[1], height)
    # The row and column of 0 before an image also end its rows and the previous image.
    lines = tf.reshape(images, (-1, height, width * channels))
    lines = tf.pad(lines, [[0, 2], [1, 0], [channels, 0]])
    # A pixel and the difference to its right neighbour form one number: half the look-ups.
    values = tf.reshape(lines, (-1,))
    left, right = values[:-channels], values[channels:]
    pairs = tf.reshape(tf.complex(left, right - left), (-1, channels))
    stride = width + 1
    starts = tf.range(tf.shape(images)[0]) * ((height + 1) * stride)
    index = row * stride + column + starts[:, tf.newaxis, tf.newaxis]
    # gather_nd looks up single numbers in half the time of gather.
    upper, lower = (
        tf.math.real(pair) + x * tf.math.imag(pair)
        for pair in (
            tf.gather_nd(pairs, place[..., tf.newaxis]) for place in (index, index + stride)
        )
    )
    return upper + y * (lower - upper)


def _split(places: tf.Tensor, side: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Split places along one axis into pixels, counted from one before the first, and the rest."""
    places = tf.clip_by_value(places + 1.0, 0.0, side + 1.0)
    pixels = tf.cast(places, tf.int32)
    return pixels, (places - tf.cast(pixels, tf.float32))[..., tf.newaxis]


def map_blocks(
    change: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    images: tf.Tensor,
    magnification: int = 1,
) -> tf.Tensor:
    """Change images block by block.

    Parameters
    ----------
    change : callable
        Takes the index of the first image of a block and the index after its last one;
        returns the changed images.
    images : tensor of float32, shape (n_images, height, width, channels)
        The images; only their number and shape are used.
    magnification : int, default=1
        Values that `change` works on for each value of an image.

    Returns
    -------
    changed : tensor of float32, shape (n_images, height, width, channels)
        The results of `change`, concatenated.
    """
    n_images, shape = tf.shape(images)[0], images.shape[1:]
    size = max(1, _BLOCK_VALUES // (magnification * shape.num_elements()))
    blocks = tf.TensorArray(
        tf.float32,
        size=(n_images + size - 1) // size,
        infer_shape=False,
        element_shape=(None, *shape),
    )

    def body(start: tf.Tensor, blocks: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        end = tf.minimum(start + size, n_images)
        return end, blocks.write(start // size, change(start, end))

    _, blocks = tf.while_loop(lambda start, _: start < n_images, body, (0, blocks))
    return blocks.concat()


def _enlarging_matrix(side: int, interpolation: str) -> tf.Tensor:
    """Make the weights along one axis, with a row for each pixel of the finer grid."""
    pixels = tf.eye(side)[..., tf.newaxis]
    return tf.image.resize(pixels, (FACTOR * side, side), interpolation)[..., 0]

"""What a recipe needs to know of the images, and how it adapts to them."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._image import ImageShape
from ..exceptions import NetworkShapeError
from ..neural_network import ImageAugmentation
from ..neural_network._convolution import convolution_blocks
from ..preprocessing import ImageScaler

#: Side in pixels of MNIST's images, on which the recipes were chosen.
_MNIST_SIDE = 28
#: Parameters of `ImageAugmentation` in pixels; those without a largest value, and the others.
_LENGTHS = ("shift", "elastic", "elastic_scale")
_MOST_THICKNESS = 1.0


class TrainingImages(NamedTuple):
    """The images that a recipe will be trained on.

    Parameters
    ----------
    shape : tuple of int or None, default=None
        ``(height, width, channels)``; None for images like MNIST's, or of the shape that
        samples turn out to have.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value of a pixel.
    """

    shape: ImageShape | None = None
    data_range: tuple[float, float] = (0, 255)

    def scale_flat(self, **parameters: Any) -> ImageScaler:
        """Make the scaler before a network of dense layers."""
        return ImageScaler(data_range=self.data_range, **parameters)

    def scale(self) -> ImageScaler:
        """Make the scaler before a network that needs the rows and columns of images."""
        return ImageScaler(output_shape=self.shape or "image", data_range=self.data_range)

    def fit_windows(self, filters: Any, kernel_size: Any, pool_size: Any = "auto") -> Any:
        """Make the parameters of convolutions, with automatic windows if some are too large."""
        parameters = {"filters": filters, "kernel_size": kernel_size, "pool_size": pool_size}
        if self.shape is not None:
            try:
                convolution_blocks(self.shape, filters, kernel_size, pool_size, 0.0)
            except NetworkShapeError:
                parameters |= {"kernel_size": "auto", "pool_size": "auto"}
        return parameters

    def augment(self, **changes: Any) -> ImageAugmentation:
        """Make the random changes for MNIST's images, with lengths relative to the side."""
        lengths = {name: changes[name] * self._size for name in _LENGTHS if name in changes}
        if "thickness" in changes:
            lengths["thickness"] = min(changes["thickness"] * self._size, _MOST_THICKNESS)
        return ImageAugmentation(**(changes | lengths))

    def count_pixels(self, n: int) -> int:
        """Convert a whole number of MNIST's pixels."""
        return round(n * self._size)

    @property
    def _size(self) -> float:
        """Shorter side relative to MNIST's."""
        return 1.0 if self.shape is None else min(self.shape[:2]) / _MNIST_SIDE

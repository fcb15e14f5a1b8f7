"""An image that is written as a picture file is read as it was."""

import numpy as np

from skdigits.images import read_image
from skdigits.images._write import encode_png


def test_nothing_is_lost():
    image = np.random.RandomState(0).randint(0, 256, (30, 20)).astype(np.uint8)
    content = encode_png(image)
    assert content.startswith(b"\x89PNG")
    np.testing.assert_array_equal(read_image(content), image)

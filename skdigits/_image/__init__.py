"""What an image is: its shape, its grey values, and copies of another size."""

from __future__ import annotations

from ._grey import IMAGE_DTYPES, NEARLY_WHITE, luminance, to_grey
from ._resample import (
    blur_each,
    enlarge,
    pixel_sizes,
    reduction_factor,
    resampling_matrix,
    shrink,
    shrink_each,
)
from ._sample_arrays import (
    are_plain_rows,
    flatten_samples,
    is_list,
    list_objects,
    put_channels_last,
    refuse_files,
    refuse_single_image,
    refuse_stream,
)
from ._shape import (
    ImageShape,
    Shape,
    check_image_shape,
    check_n_values,
    check_same_image_shape,
    choose_image_shape,
    find_image_shape,
    require_image_shape,
)

__all__ = [
    "IMAGE_DTYPES",
    "NEARLY_WHITE",
    "ImageShape",
    "Shape",
    "are_plain_rows",
    "blur_each",
    "check_image_shape",
    "check_n_values",
    "check_same_image_shape",
    "choose_image_shape",
    "enlarge",
    "find_image_shape",
    "flatten_samples",
    "is_list",
    "list_objects",
    "luminance",
    "pixel_sizes",
    "put_channels_last",
    "reduction_factor",
    "refuse_files",
    "refuse_single_image",
    "refuse_stream",
    "require_image_shape",
    "resampling_matrix",
    "shrink",
    "shrink_each",
    "to_grey",
]

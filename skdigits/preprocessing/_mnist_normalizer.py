"""Frame any image of a digit like MNIST."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import validate_data

from .._image import (
    IMAGE_DTYPES,
    choose_image_shape,
    list_objects,
    refuse_files,
    refuse_single_image,
    refuse_stream,
)
from .._ink import check_invert
from .._sklearn_callbacks import CallbackSupportMixin, announced_fit, with_callbacks
from .._typing import AnyArray, ArrayLike
from ..exceptions import BlankPictureError
from ._framing import SIDE
from ._image_stacks import Stack, is_flat, stack_images
from ._steps import normalize, trace_steps

_ADVICE = (
    "Pass images of their own height and width: X.reshape(-1, height, width), or X[None] for a "
    "single image."
)


# The output is never flat, so set_output could not return a data frame.
class MNISTNormalizer(  # type: ignore[call-arg]
    CallbackSupportMixin, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Convert any image of a digit to the format of MNIST.

    The ink is found, whether it is dark on white paper or bright on a screen, also on grey
    paper, under uneven light and off centre. The background becomes exactly 0, and the ink is
    centred in 28 x 28 pixels with the steps by which MNIST was made. A network that was
    trained on MNIST then sees digits like those in its training data.

    Parameters
    ----------
    invert : {"auto", True, False}, default="auto"
        True if the ink is darker than its background, False if it is brighter, as in MNIST;
        "auto" detects it for each image.
    handle_blank : {"error", "zeros"}, default="error"
        What `transform` does with images that are blank or nearly so: raise an error
        that names them, or return images of zeros.

    Attributes
    ----------
    n_features_in_ : int
        Number of pixels of a flat image. Defined only when `fit` saw flat images.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen by `fit`. Defined only when `X` is a data
        frame whose column names are all strings.

    See Also
    --------
    ImageScaler : Scales the pixels, as the next step of a pipeline.
    skdigits.images.read_image : Reads an image from a file.
    skdigits.images.segment_digits : Finds the digits on an image with several of them.

    Notes
    -----
    Nothing is learnt: `transform` works without `fit`, and each image is processed on its
    own. The steps are:

    1. If all pixels were repeated to enlarge the image, that is undone. Colours become grey;
       transparent parts become white, or black where the rest is nearly white.
    2. A bright sheet of paper on something darker is cut out. Whether the ink is dark or
       bright is detected from the edge and the corners of the image and from the skewness
       of its differences to a blurred copy.
    3. Unless it has one value, the background is estimated, first as a surface of the second
       degree and then by following it closely around the ink, and removed. Noise, soft
       shadows, dirt, and whatever lies along the edge or comes in from it are left out. In
       images larger than MNIST's, so are thin lines from edge to edge, as on ruled paper,
       but not the strokes that cross them; and strokes that hang together by ink of at least
       15% of full ink are one piece, also where it reaches the edge. While nothing is found
       in a small copy of a large image, a larger copy is analysed.
    4. If parts of the digit are so pale that they would be lost, all of its ink is darkened.
       If it is larger than MNIST's, its strokes become solid, and are thickened or thinned
       to a width of 2.0 to 3.2 pixels of the result, like three quarters of MNIST's.
    5. The tight box of the ink is grown to a square of a side of at least 10 pixels, or the
       image's own side, and resampled by area to 20 x 20 pixels. Its maximum becomes
       255, and it is moved by whole pixels so that its centre of mass, in coordinates of
       `scipy.ndimage.center_of_mass`, comes nearest to (14, 14) [1]_.

    Images that are already framed take the same steps. Of MNIST's 10,000 test images,
    89.8% are returned unchanged. Most others differ by one grey level because their
    maximum was 254, and 0.03% by more than two. The mean absolute difference is 0.018
    grey levels of 255. ``examples/benchmarks/measure_handwriting.py`` measures it.

    The output has shape (n_samples, 28, 28), which does not fit into a data frame, so there
    is no `set_output` and there are no names of output features. An `ImageScaler` after
    this step has both.

    References
    ----------
    .. [1] C. Yadav and L. Bottou, "Cold case: the lost MNIST digits", Advances in Neural
       Information Processing Systems 32, 2019, arXiv:1905.10498.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import MNISTNormalizer
    >>> small = np.full((40, 30), 230, dtype=np.uint8)  # a one on grey paper
    >>> small[5:35, 14:17] = 60
    >>> large = np.full((300, 400, 3), 250, dtype=np.uint8)  # a larger one in colour
    >>> large[20:220, 90:110] = (20, 30, 120)
    >>> framed = MNISTNormalizer().fit_transform([small, large])
    >>> framed.shape, framed.dtype
    ((2, 28, 28), dtype('uint8'))
    >>> int(np.ptp(np.nonzero(framed[1])[0])) + 1
    20
    """

    n_features_in_: int

    def __init__(self, *, invert: bool | str = "auto", handle_blank: str = "error") -> None:
        self.invert = invert
        self.handle_blank = handle_blank

    @with_callbacks
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Check the parameters and the images.

        Parameters
        ----------
        X : list of array-like, or array-like of shape (n_samples, n_features), \
                (n_samples, height, width) or (n_samples, height, width, channels)
            Images with finite real values, as `transform` takes them.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : MNISTNormalizer
            The transformer itself.

        Raises
        ------
        ValueError
            If a parameter or `X` is not valid.
        """
        self._check_parameters()
        self._stack(X, reset=True)
        with announced_fit(self, X, y):
            return self

    def transform(self, X: ArrayLike) -> AnyArray:
        """Frame images like MNIST.

        Parameters
        ----------
        X : list of array-like, or array-like of shape (n_samples, n_features), \
                (n_samples, height, width) or (n_samples, height, width, channels)
            Images of one digit each, with finite real values on any scale. In a list
            each has a shape (height, width) or (height, width, channels) of its own; 1
            channel is grey, 2 grey and alpha, 3 colours, 4 colours and alpha. Flat
            images are grey squares, with as many pixels as those seen by `fit`, if these
            were flat too.

        Returns
        -------
        X_framed : ndarray of shape (n_samples, 28, 28)
            Bright digits on a background of exactly 0, with a maximum of 255, of dtype uint8.

        Raises
        ------
        BlankPictureError
            If images are blank or nearly so, and `handle_blank` is "error". It is a
            ValueError.
        ValueError
            If a parameter or `X` is not valid.
        """
        self._check_parameters()
        stacks = self._stack(X, reset=False)
        framed = np.empty((sum(len(stack.rows) for stack in stacks), SIDE, SIDE), np.uint8)
        for stack in stacks:
            framed[stack.rows] = normalize(stack.images, self.invert)
        if self.handle_blank == "error":
            blank = np.flatnonzero(~framed.any(axis=(1, 2)))
            if len(blank):
                raise BlankPictureError(blank.tolist(), len(framed))
        return framed

    def trace(self, picture: ArrayLike) -> dict[str, AnyArray]:
        """Show how one image is framed, step by step.

        Parameters
        ----------
        picture : array-like of shape (height, width), (height, width, channels) or (n_features,)
            One of the images that `transform` takes. It may be blank.

        Returns
        -------
        steps : dict of str to ndarray
            The result of each step, in order:

            - ``"picture"``: the image, without an axis for a single channel.
            - ``"grey"``: one brightness per pixel, in a smaller copy if the image is large.
            - ``"ink"``: all ink on it, from 0 to 1.
            - ``"digit"``: the ink of the digit alone, enlarged, with solid strokes. Left
              out for small images, of which all ink is framed but table lines at the edge.
            - ``"framed"``: what `transform` returns, of shape (28, 28) and dtype uint8; all 0
              for a blank image.

        Raises
        ------
        ValueError
            If a parameter or `picture` is not valid.

        See Also
        --------
        skdigits.inspection.NormalizationDisplay : Draws them.
        """
        self._check_parameters()
        (stack,) = self._stack([picture], reset=False)
        return trace_steps(stack.images[0], self.invert)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.requires_fit = False
        # The output is uint8, whatever the input is.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _check_parameters(self) -> None:
        check_invert(self.invert)
        if self.handle_blank not in ("error", "zeros"):
            raise ValueError(
                f'handle_blank must be "error" or "zeros", got {self.handle_blank!r}.'
            )

    def _stack(self, X: ArrayLike, *, reset: bool) -> list[Stack]:
        """Check images and stack those of one size."""
        refuse_stream(X)
        refuse_files(X)
        objects = list_objects(X)
        X = X if objects is None else objects
        if is_flat(X):
            if not reset and hasattr(self, "n_features_in_"):
                refuse_single_image(np.asarray(X).shape, (self.n_features_in_,))
            rows = validate_data(self, X, dtype=list(IMAGE_DTYPES), reset=reset)
            shape = choose_image_shape(None, rows.shape[1:], _ADVICE)
            return [Stack(np.arange(len(rows)), rows.reshape(-1, *shape))]
        if reset:
            # Images may have any size later, so an earlier number of pixels no longer applies.
            for name in {"n_features_in_", "feature_names_in_"} & vars(self).keys():
                delattr(self, name)
        return stack_images(X, self)

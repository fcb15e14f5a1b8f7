"""Errors that skdigits raises.

Each message says what was expected, what was found and what to do next. All errors
derive from `SkdigitsError`, so that a caller can catch all of them, and from the
built-in class that fits best::

    SkdigitsError
    ├── BlankPictureError (ValueError)
    ├── CheckpointError (ValueError)
    ├── DamagedDataError (OSError)
    ├── DatasetFormatError (ValueError)
    ├── DivergenceError (ArithmeticError)
    ├── ExportError (TypeError)
    ├── FolderInUseError (OSError)
    ├── FolderMismatchError (ValueError)
    ├── ForkedProcessError (RuntimeError)
    ├── IDXFormatError (ValueError)
    ├── KerasBackendError (ImportError)
    ├── ModelFileError (ValueError)
    ├── NetworkShapeError (ValueError)
    ├── PictureFormatError (ValueError)
    ├── PictureSizeError (ValueError)
    ├── UnknownNameError (ValueError)
    ├── UnsavableModelError (TypeError)
    └── WorkerDiedError (RuntimeError)

A wrong parameter or array raises a plain ValueError or TypeError, as in scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

__all__ = [
    "BlankPictureError",
    "CheckpointError",
    "DamagedDataError",
    "DatasetFormatError",
    "DivergenceError",
    "ExportError",
    "FolderInUseError",
    "FolderMismatchError",
    "ForkedProcessError",
    "IDXFormatError",
    "KerasBackendError",
    "ModelFileError",
    "NetworkShapeError",
    "PictureFormatError",
    "PictureSizeError",
    "SkdigitsError",
    "UnknownNameError",
    "UnsavableModelError",
    "WorkerDiedError",
]


class SkdigitsError(Exception):
    """Base class of all errors that skdigits defines.

    See Also
    --------
    skdigits.exceptions : Lists all of them.

    Examples
    --------
    >>> from skdigits import make_recipe
    >>> from skdigits.exceptions import SkdigitsError
    >>> try:
    ...     make_recipe("fast-cn")
    ... except SkdigitsError as error:
    ...     print(type(error).__name__)
    UnknownNameError
    """


class UnknownNameError(SkdigitsError, ValueError):
    """A name is unknown, such as that of a recipe.

    Parameters
    ----------
    kind : str
        What the name is for, such as ``"recipe"``.
    name : str
        The unknown name.
    names : sequence of str
        The known names.

    See Also
    --------
    skdigits.recipes.make_recipe : Raises it.
    skdigits.baselines.make_baseline : Raises it.

    Examples
    --------
    >>> from skdigits.exceptions import UnknownNameError
    >>> print(UnknownNameError("model", "kn", ["knn", "dummy"]))
    No model is named 'kn'. Did you mean 'knn'? The names are: knn, dummy.
    """

    def __init__(self, kind: str, name: str, names: Sequence[str]) -> None:
        near = get_close_matches(str(name), names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"No {kind} is named {name!r}.{hint} The names are: {', '.join(names)}.")
        self._arguments = kind, name, tuple(names)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Pickle the arguments, so that a worker process can hand the error over."""
        return type(self), self._arguments


class IDXFormatError(SkdigitsError, ValueError):
    """A file is not a valid IDX file: it has a wrong magic number, or is too short or too long.

    See Also
    --------
    skdigits.datasets.read_idx : Reads IDX files.

    Examples
    --------
    >>> from skdigits.exceptions import IDXFormatError
    >>> issubclass(IDXFormatError, ValueError)
    True
    """


class CheckpointError(SkdigitsError, ValueError):
    """A training cannot be saved to disk or restored.

    See Also
    --------
    skdigits.neural_network.BaseKerasClassifier : Raises it, for ``checkpoint_dir``.

    Examples
    --------
    >>> from skdigits.exceptions import CheckpointError
    >>> issubclass(CheckpointError, ValueError)
    True
    """


class FolderInUseError(SkdigitsError, OSError):
    """Another run is using a folder.

    See Also
    --------
    skdigits.comparison.compare : Raises it; ``skdigits train`` does too.

    Examples
    --------
    >>> from skdigits.exceptions import FolderInUseError
    >>> issubclass(FolderInUseError, OSError)
    True
    """


class FolderMismatchError(SkdigitsError, ValueError):
    """A folder holds the results of another comparison.

    See Also
    --------
    skdigits.comparison.compare : Raises it.

    Examples
    --------
    >>> from skdigits.exceptions import FolderMismatchError
    >>> issubclass(FolderMismatchError, ValueError)
    True
    """


class WorkerDiedError(SkdigitsError, RuntimeError):
    """A worker process of a comparison died, most often because memory ran out.

    See Also
    --------
    skdigits.comparison.compare : Raises it; finished fits are kept in its folder.

    Examples
    --------
    >>> from skdigits.exceptions import WorkerDiedError
    >>> issubclass(WorkerDiedError, RuntimeError)
    True
    """


class DamagedDataError(SkdigitsError, OSError):
    """A data file of the package is missing or damaged.

    See Also
    --------
    skdigits.datasets.load_mnist : Checks the digests of the files that it reads.

    Examples
    --------
    >>> from skdigits.exceptions import DamagedDataError
    >>> issubclass(DamagedDataError, OSError)
    True
    """


class DatasetFormatError(SkdigitsError, ValueError):
    """A file or folder does not hold images with labels in a known format, or is damaged.

    See Also
    --------
    skdigits.datasets.load_images : Raises it.

    Examples
    --------
    >>> from skdigits.exceptions import DatasetFormatError
    >>> issubclass(DatasetFormatError, ValueError)
    True
    """


class NetworkShapeError(SkdigitsError, ValueError):
    """A network cannot be built for images of this shape.

    See Also
    --------
    skdigits.neural_network.KerasCNNClassifier : Checks its layers before building them.

    Examples
    --------
    >>> from skdigits.exceptions import NetworkShapeError
    >>> issubclass(NetworkShapeError, ValueError)
    True
    """


class DivergenceError(SkdigitsError, ArithmeticError):
    """The training loss became NaN or infinite.

    See Also
    --------
    skdigits.neural_network.BaseKerasClassifier : Raises it from ``fit``.

    Examples
    --------
    >>> from skdigits.exceptions import DivergenceError
    >>> issubclass(DivergenceError, ArithmeticError)
    True
    """


class KerasBackendError(SkdigitsError, ImportError):
    """Keras uses a backend other than TensorFlow.

    See Also
    --------
    skdigits.neural_network.BaseKerasClassifier : Raises it from ``fit``.

    Examples
    --------
    >>> from skdigits.exceptions import KerasBackendError
    >>> issubclass(KerasBackendError, ImportError)
    True
    """


class ForkedProcessError(SkdigitsError, RuntimeError):
    """TensorFlow is needed in a process that was forked after TensorFlow had been loaded.

    See Also
    --------
    skdigits.neural_network.BaseKerasClassifier : Predicts without TensorFlow where it can.

    Examples
    --------
    >>> from skdigits.exceptions import ForkedProcessError
    >>> issubclass(ForkedProcessError, RuntimeError)
    True
    """


class ModelFileError(SkdigitsError, ValueError):
    """A file cannot be loaded as a model: it is of another kind or format, or damaged.

    See Also
    --------
    skdigits.persistence.load_model : Raises it.

    Examples
    --------
    >>> from skdigits.exceptions import ModelFileError
    >>> issubclass(ModelFileError, ValueError)
    True
    """


class UnsavableModelError(SkdigitsError, TypeError):
    """A part of a model cannot be saved to a file that runs no code when it is loaded.

    See Also
    --------
    skdigits.persistence.save_model : Raises it and names the part.

    Examples
    --------
    >>> from skdigits.exceptions import UnsavableModelError
    >>> issubclass(UnsavableModelError, TypeError)
    True
    """


class ExportError(SkdigitsError, TypeError):
    """A part of a model cannot be expressed in ONNX.

    See Also
    --------
    skdigits.export.to_onnx : Raises it and names the part.

    Examples
    --------
    >>> from skdigits.exceptions import ExportError
    >>> issubclass(ExportError, TypeError)
    True
    """


class BlankPictureError(SkdigitsError, ValueError):
    """Images show no ink, or too little for a digit.

    Parameters
    ----------
    indices : sequence of int
        Indices of these images, in increasing order.
    n_pictures : int
        Number of all images.

    Attributes
    ----------
    indices : tuple of int
        Indices of the blank images.

    See Also
    --------
    skdigits.preprocessing.MNISTNormalizer : Raises it.

    Examples
    --------
    >>> from skdigits.exceptions import BlankPictureError
    >>> error = BlankPictureError([3], 10)
    >>> error.indices
    (3,)
    """

    def __init__(self, indices: Sequence[int], n_pictures: int) -> None:
        self.indices = tuple(indices)
        shown = ", ".join(map(str, self.indices[:10])) + (", ..." if len(indices) > 10 else "")
        which = f"image {shown} is" if len(indices) == 1 else f"images {shown} are"
        where = (
            f"each of {n_pictures} images, but {which}"
            if n_pictures > 1
            else "the image, but it is"
        )
        super().__init__(
            f"Expected ink on {where} blank or nearly blank. "
            "Leave such images out, or crop them to the writing if there is any; "
            'MNISTNormalizer(handle_blank="zeros") returns zeros for them.'
        )
        self._arguments = self.indices, n_pictures

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Pickle the arguments, so that a worker process can hand the error over."""
        return type(self), self._arguments


class PictureFormatError(SkdigitsError, ValueError):
    """A file is not a picture in a known format, or is damaged.

    See Also
    --------
    skdigits.images.read_image : Raises it.

    Examples
    --------
    >>> from skdigits.exceptions import PictureFormatError
    >>> issubclass(PictureFormatError, ValueError)
    True
    """


class PictureSizeError(SkdigitsError, ValueError):
    """A picture has more pixels than allowed.

    See Also
    --------
    skdigits.images.read_image : Raises it before the picture is decoded.

    Examples
    --------
    >>> from skdigits.exceptions import PictureSizeError
    >>> issubclass(PictureSizeError, ValueError)
    True
    """

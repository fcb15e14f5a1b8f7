"""Recipes by name, with their measured errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from os import PathLike

from sklearn.pipeline import Pipeline

from .._image import check_image_shape
from .._typing import RandomState
from ..exceptions import UnknownNameError
from ..neural_network._parameters import check_checkpoint_dir
from ._adaptation import TrainingImages
from ._own import OWN
from ._published import PUBLISHED
from ._recipe import Measurement, Recipe

RECIPES = PUBLISHED + OWN


def recipe_names() -> list[str]:
    """List the names of the recipes: the published ones, then skdigits' own.

    Returns
    -------
    names : list of str
        Names for `make_recipe` and `describe_recipe`.

    See Also
    --------
    describe_recipe : Describes a recipe.

    Examples
    --------
    >>> from skdigits import recipe_names
    >>> "mlm-cnn" in recipe_names()
    True
    """
    return [recipe.name for recipe in RECIPES]


def describe_recipe(name: str) -> Recipe:
    """Describe a recipe: its source, and its published and measured errors.

    Parameters
    ----------
    name : str
        One of `recipe_names`.

    Returns
    -------
    recipe : Recipe
        The description.

    Raises
    ------
    UnknownNameError
        If there is no such recipe; the message lists the names.

    See Also
    --------
    make_recipe : Makes its Pipeline.

    Examples
    --------
    >>> from skdigits import describe_recipe
    >>> describe_recipe("keras-mlp-512").published_note
    'accuracy 97.85%'
    """
    for recipe in RECIPES:
        if recipe.name == name:
            return replace(recipe, measurement=_measurements().get(name))
    raise UnknownNameError("recipe", name, recipe_names())


def make_recipe(
    name: str,
    *,
    image_shape: Sequence[int] | None = None,
    data_range: tuple[float, float] = (0, 255),
    random_state: RandomState = None,
    verbose: int = 0,
    checkpoint_dir: str | PathLike[str] | None = None,
) -> Pipeline:
    """Make the unfitted Pipeline of a recipe.

    Parameters
    ----------
    name : str
        One of `recipe_names`.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of the images. If None, the
        shape of the samples, or a grey square for flat ones. A recipe adapts to it: in small
        images its kernels and pooling windows are smaller, and the lengths in pixels of its
        augmentation are relative to MNIST's 28.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value that a pixel can have.
    random_state : int, RandomState instance or None, default=None
        Seed of the classifier, or of the seeds of an ensemble's classifiers.
    verbose : int, default=0
        0 for no output, 1 for a progress bar, 2 for one line per epoch.
    checkpoint_dir : str or path-like, default=None
        Folder in which the training is saved after each epoch; needs an int as
        ``random_state``.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        An `ImageScaler` and a classifier, for any number of classes.

    Raises
    ------
    UnknownNameError
        If there is no such recipe; the message lists the names.
    ValueError
        If ``image_shape`` is not the shape of an image, or ``checkpoint_dir`` is given but
        ``random_state`` is not an int.

    See Also
    --------
    describe_recipe : Describes the recipe.

    Notes
    -----
    The number of epochs is meant for MNIST's 60,000 training images. For a few hundred images
    it is too small: set ``epochs``, as the last example does. ``skdigits train --data``
    chooses up to 100.

    Examples
    --------
    >>> from skdigits import make_recipe
    >>> make_recipe("levelup-mlp", random_state=0)[-1].hidden_layer_sizes
    (64, 64)
    >>> make_recipe("fast-cnn", image_shape=(8, 8), data_range=(0, 16))[-1].kernel_size
    'auto'

    For few images, set the number of epochs of all networks in a recipe:

    >>> pipeline = make_recipe("fast-cnn")
    >>> names = [name for name in pipeline.get_params() if name.endswith("__epochs")]
    >>> pipeline.set_params(**dict.fromkeys(names, 50))[-1].epochs
    50
    """
    recipe = describe_recipe(name)
    check_image_shape(image_shape)
    height, width, channels = (*(image_shape or (1, 1)), 1)[:3]
    images = TrainingImages(
        None if image_shape is None else (int(height), int(width), int(channels)), data_range
    )
    # An ensemble draws an int for each classifier, so these could not check it.
    check_checkpoint_dir(checkpoint_dir, random_state)
    return recipe.build(
        images, random_state=random_state, verbose=verbose, checkpoint_dir=checkpoint_dir
    )


@cache
def _measurements() -> dict[str, Measurement]:
    """Read the measurements of ``examples/benchmarks/measure_recipes.py``."""
    stored = files(__package__).joinpath("measurements.json")
    if not stored.is_file():
        return {}
    return {
        name: Measurement(
            seeds=tuple(runs["seeds"]),
            test_errors=tuple(runs["test_errors"]),
            fit_seconds=tuple(runs["fit_seconds"]),
            n_parameters=runs["n_parameters"],
            machine=runs["machine"],
            versions=runs["versions"],
            predict_seconds=tuple(runs.get("predict_seconds", ())),
            reference_seconds=tuple(runs.get("reference_seconds", ())),
        )
        for name, runs in json.loads(stored.read_text("utf-8")).items()
    }

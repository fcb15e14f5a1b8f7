"""Stratified choices among samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import resample

from skdigits._plurals import counted
from skdigits._typing import AnyArray

from ._values import rows_at_a_time


def stratified_rows(target: AnyArray, n_samples: int, rng: np.random.RandomState) -> AnyArray:
    """Choose rows at random, in order, so that the classes keep their proportions."""
    # Unlike train_test_split, resample can leave out fewer rows than there are classes.
    rows = resample(
        np.arange(len(target)),
        replace=False,
        n_samples=n_samples,
        stratify=target,
        random_state=rng,
    )
    return np.sort(rows)


class Division(NamedTuple):
    """Images for training and images that were held out, with their labels."""

    X: AnyArray
    y: AnyArray
    X_test: AnyArray
    y_test: AnyArray


def held_out_rows(target: AnyArray, share: float, seed: int) -> tuple[AnyArray, AnyArray]:
    """Choose the rows to train on, and those to hold out for a test.

    Parameters
    ----------
    target : ndarray of shape (n_samples,)
        The labels.
    share : float
        Share of the rows to hold out, in (0, 1); the classes keep their proportions.
    seed : int
        Determines the rows.

    Returns
    -------
    train, test : ndarray of int
        The rows in order.

    Raises
    ------
    ValueError
        If there are too few samples of a class.
    """
    classes, counts = np.unique(target, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            f"class {classes[counts.argmin()]} has only one image, so none can be held out for "
            "the test. Add images of this class or remove it, or pass test images"
        )
    n_test = round(share * len(target))
    if not len(classes) <= n_test <= len(target) - len(classes):
        raise ValueError(
            f"{share:.0%} of {len(target)} images are {n_test}, but training and test images need "
            f"at least one of each class ({counted(len(classes), 'class')}). Hold out another "
            "share, or add images"
        )
    train, test = train_test_split(
        np.arange(len(target)), test_size=n_test, stratify=target, random_state=seed
    )
    return np.sort(train), np.sort(test)


def hold_out(images: AnyArray, target: AnyArray, share: float, seed: int) -> Division:
    """Hold out some images for a test, in the memory of all images.

    Parameters
    ----------
    images : ndarray of shape (n_samples, ...)
        The images, which are overwritten.
    target : ndarray of shape (n_samples,)
        Their labels.
    share : float
        Share of the images to hold out, in (0, 1); the classes keep their proportions.
    seed : int
        Determines which.

    Returns
    -------
    division : Division
        The images for training are a view of `images`; the others are a copy.

    Raises
    ------
    ValueError
        If there are too few images of a class.
    """
    train, test = held_out_rows(target, share, seed)
    held_out = images[test]
    step = rows_at_a_time(images[0].size)
    for start in range(0, len(train), step):
        # No row moves to a place behind its own, so none is overwritten before it is moved.
        rows = train[start : start + step]
        images[start : start + len(rows)] = images[rows]
    return Division(images[: len(train)], target[train], held_out, target[test])

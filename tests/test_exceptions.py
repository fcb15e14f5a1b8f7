"""Errors word themselves and can cross processes."""

import pickle

import pytest

from skdigits import exceptions
from skdigits.exceptions import UnknownNameError


def test_a_near_name_is_suggested_and_all_are_listed():
    error = UnknownNameError("recipe", "mlm-cn", ["mlm-cnn", "levelup-mlp"])
    assert "mean 'mlm-cnn'?" in str(error)
    assert "levelup-mlp" in str(error)


def test_nothing_is_suggested_for_a_name_like_no_other():
    assert "mean" not in str(UnknownNameError("recipe", "zzz", ["mlm-cnn"]))


def test_an_error_survives_pickling():
    error = UnknownNameError("model", "kn", ["knn"])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("name", "caught_as"),
    [
        ("BlankPictureError", ValueError),
        ("DamagedDataError", OSError),
        ("DivergenceError", ArithmeticError),
        ("IDXFormatError", ValueError),
        ("NetworkShapeError", ValueError),
        ("PictureFormatError", ValueError),
        ("PictureSizeError", ValueError),
        ("UnknownNameError", ValueError),
    ],
)
def test_an_error_is_caught_as_its_built_in_kind(name, caught_as):
    assert name in exceptions.__all__
    assert issubclass(getattr(exceptions, name), caught_as)

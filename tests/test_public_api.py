"""The public names, where they live, and their signatures."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import skdigits

#: What each public module offers.
SURFACE = {
    "baselines": {"baseline_grid", "baseline_names", "make_baseline"},
    "comparison": {
        "ComparisonProgress",
        "ComparisonReport",
        "Contender",
        "ModelResult",
        "WinnerPredictions",
        "compare",
        "model_names",
    },
    "datasets": {"load_images", "load_mnist", "read_idx"},
    "exceptions": {
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
    },
    "export": {"register_skl2onnx_converter", "to_onnx"},
    "images": {
        "DigitPrediction",
        "DigitSegment",
        "predict_digits",
        "read_image",
        "segment_digits",
    },
    "inspection": {
        "ComparisonDisplay",
        "DigitGridDisplay",
        "DigitPredictionsDisplay",
        "FiltersDisplay",
        "LearningCurveDisplay",
        "MisclassifiedDisplay",
        "NormalizationDisplay",
        "OcclusionDisplay",
        "occlusion_map",
    },
    "neural_network": {
        "BaseKerasClassifier",
        "ImageAugmentation",
        "KerasCNNClassifier",
        "KerasMLPClassifier",
        "KerasNetworkClassifier",
        "fine_tune",
    },
    "persistence": {"load_model", "save_model"},
    "prediction": {"predict_in_batches"},
    "preprocessing": {"Deskewer", "ImageScaler", "MNISTNormalizer"},
    "pretrained": {"load_pretrained", "pretrained_names"},
    "recipes": {"Measurement", "Recipe", "describe_recipe", "make_recipe", "recipe_names"},
}
#: Those that a script seldom needs: not importable from skdigits itself.
AT_HOME_ONLY = SURFACE["exceptions"] | {
    "ComparisonProgress",
    "Contender",
    "DigitPrediction",
    "DigitSegment",
    "Measurement",
    "ModelResult",
    "Recipe",
    "WinnerPredictions",
    "model_names",
    "register_skl2onnx_converter",
    "to_onnx",
}
NAMES = [(module, name) for module, names in SURFACE.items() for name in sorted(names)]

TRAINING = {
    "optimizer": "adam",
    "learning_rate": None,
    "learning_rate_schedule": None,
    "weight_decay": None,
    "loss": "sparse_categorical_crossentropy",
    "label_smoothing": 0.0,
    "metrics": None,
    "batch_size": 32,
    "epochs": 10,
    "weight_averaging": 0.0,
    "validation_fraction": None,
    "early_stopping": False,
    "patience": 5,
    "monitor": "val_loss",
    "min_delta": 0.0,
    "class_weight": None,
    "outlier_label": None,
    "outlier_threshold": 0.0,
    "augmentation": None,
    "test_time_shift": 0,
    "test_time_rotation": 0.0,
    "transform_layer": None,
    "callbacks": None,
    "checkpoint_dir": None,
    "verbose": 0,
    "warm_start": False,
    "random_state": None,
}
DENSE = {
    "hidden_layer_sizes": (128,),
    "activation": "relu",
    "dropout": 0.0,
    "batch_normalization": False,
    "kernel_initializer": "glorot_uniform",
}
CONVOLUTIONS = {
    "image_shape": None,
    "filters": (32, 64),
    "kernel_size": "auto",
    "pool_size": "auto",
    "conv_activation": "relu",
    "conv_dropout": 0.0,
}
CONSTRUCTORS = {
    "KerasMLPClassifier": DENSE | TRAINING,
    "KerasCNNClassifier": CONVOLUTIONS | DENSE | TRAINING,
    "BaseKerasClassifier": TRAINING,
    "ImageAugmentation": {
        "shift": 2.0,
        "rotation": 10.0,
        "zoom": 0.1,
        "shear": 0.0,
        "stretch": 0.0,
        "elastic": 0.0,
        "elastic_scale": 4.0,
        "thickness": 0.0,
        "interpolation": "bilinear",
    },
    "ImageScaler": {
        "output_shape": "flat",
        "data_range": (0, 255),
        "feature_range": (0.0, 1.0),
        "dtype": "float32",
    },
    "MNISTNormalizer": {"invert": "auto", "handle_blank": "error"},
}
METHODS = {
    "fit": "(self, X, y, sample_weight=None, X_val=None, y_val=None)",
    "partial_fit": "(self, X, y, classes=None, sample_weight=None)",
    "predict": "(self, X)",
    "predict_proba": "(self, X)",
    "decision_function": "(self, X)",
    "transform": "(self, X)",
    "score": "(self, X, y, sample_weight=None)",
}


@pytest.mark.parametrize("module", SURFACE)
def test_module_lists_exactly_its_public_names(module):
    home = importlib.import_module(f"skdigits.{module}")
    assert set(home.__all__) == SURFACE[module]
    assert sorted(home.__all__) == sorted(set(home.__all__))


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_name_is_found_at_home_and_says_what_it_is(module, name):
    thing = getattr(importlib.import_module(f"skdigits.{module}"), name)
    assert inspect.getdoc(thing)
    if name in AT_HOME_ONLY:
        return
    assert getattr(skdigits, name) is thing
    assert name in dir(skdigits)


def test_the_api_reference_lists_exactly_the_public_names():
    listed, module = set(), ""
    for line in (Path(__file__).parents[1] / "docs" / "api.rst").read_text("utf-8").splitlines():
        if line.startswith(".. currentmodule:: skdigits."):
            module = line.rpartition(".")[2]
        elif re.fullmatch(r"   \w+", line):
            listed.add((module, line.strip()))
    assert listed - {("cli", "main")} == set(NAMES)


def test_package_lists_exactly_its_public_names():
    expected = {name for _, name in NAMES} - AT_HOME_ONLY
    assert set(skdigits.__all__) == expected | {"__version__"}
    assert len(skdigits.__all__) == len(set(skdigits.__all__))
    assert set(skdigits._HOMES) == expected


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'skdigits' has no attribute 'KerasRNNClassifier'"):
        skdigits.KerasRNNClassifier  # noqa: B018


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_constructor_has_the_designed_parameters_by_keyword_only(name):
    parameters = inspect.signature(getattr(skdigits, name)).parameters
    assert {key: value.default for key, value in parameters.items()} == CONSTRUCTORS[name]
    assert {value.kind for value in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", ["KerasMLPClassifier", "KerasCNNClassifier"])
def test_methods_have_the_designed_signatures(name):
    for method, expected in METHODS.items():
        signature = inspect.signature(getattr(getattr(skdigits, name), method))
        bare = [value.replace(annotation=inspect.Parameter.empty)
                for value in signature.parameters.values()]  # fmt: skip
        assert str(inspect.Signature(bare)) == expected


def test_fitted_attributes_are_the_designed_ones(fitted):
    classifier = fitted[-1]
    names = {*vars(classifier), *dir(type(classifier))}
    public = {name for name in names if name.endswith("_") and name[0] != "_"}
    assert all(hasattr(classifier, name) for name in public)
    assert public == {
        "classes_",
        "coefs_",
        "history_",
        "input_shape_",
        "model_",
        "n_epochs_",
        "n_features_in_",
        "prediction_backend_",
        "sample_shape_",
    }

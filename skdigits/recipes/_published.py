"""Networks of tutorials on MNIST, as their authors trained them."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline, make_pipeline

from ..neural_network import KerasCNNClassifier, KerasMLPClassifier
from ._adaptation import TrainingImages
from ._recipe import Recipe

_ASKPYTHON = "https://www.askpython.com/python/examples/handwritten-digit-recognition"
_LEVELUP = "https://levelup.gitconnected.com, after https://victorzhou.com/blog/keras-neural-network-tutorial/"
_WALK_THROUGH = "a Chinese-language Keras MNIST walk-through"
_MLM = (
    "https://machinelearningmastery.com/"
    "handwritten-digit-recognition-using-convolutional-neural-networks-python-keras/"
)


def _askpython_cnn(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(),
        KerasCNNClassifier(
            **images.fit_windows(filters=(28,), kernel_size=3, pool_size=2),
            conv_activation="linear",
            hidden_layer_sizes=(128,),
            dropout=0.2,
            optimizer="adam",
            loss="sparse_categorical_crossentropy",
            batch_size=32,
            epochs=10,
            **training,
        ),
    )


def _levelup_mlp(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale_flat(feature_range=(-0.5, 0.5)),
        KerasMLPClassifier(
            hidden_layer_sizes=(64, 64),
            optimizer="adam",
            loss="categorical_crossentropy",
            batch_size=32,
            epochs=5,
            **training,
        ),
    )


def _keras_mlp_512(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale_flat(),
        KerasMLPClassifier(
            hidden_layer_sizes=(512,),
            optimizer="rmsprop",
            loss="categorical_crossentropy",
            batch_size=128,
            epochs=5,
            **training,
        ),
    )


def _mlm_mlp(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale_flat(),
        KerasMLPClassifier(
            hidden_layer_sizes=(784,),
            kernel_initializer="random_normal",
            optimizer="adam",
            loss="categorical_crossentropy",
            batch_size=200,
            epochs=10,
            **training,
        ),
    )


def _mlm_cnn(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(),
        KerasCNNClassifier(
            **images.fit_windows(filters=(32,), kernel_size=5, pool_size=2),
            conv_dropout=0.2,
            hidden_layer_sizes=(128,),
            optimizer="adam",
            loss="categorical_crossentropy",
            batch_size=200,
            epochs=10,
            **training,
        ),
    )


def _mlm_cnn_large(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(),
        KerasCNNClassifier(
            **images.fit_windows(filters=(30, 15), kernel_size=(5, 3), pool_size=2),
            conv_dropout=(0.0, 0.2),
            hidden_layer_sizes=(128, 50),
            optimizer="adam",
            loss="categorical_crossentropy",
            batch_size=200,
            epochs=10,
            **training,
        ),
    )


PUBLISHED = (
    Recipe(
        "askpython-cnn",
        "Conv 28 3x3 (linear), pool, dense 128, dropout 0.2; Adam, batch 32, 10 epochs",
        _ASKPYTHON,
        0.016,
        "accuracy 98.4%",
        _askpython_cnn,
    ),
    Recipe(
        "levelup-mlp",
        "Dense 64, dense 64 on pixels in [-0.5, 0.5]; Adam, batch 32, 5 epochs",
        _LEVELUP,
        0.0367,
        "accuracy 96.33%, loss about 0.125",
        _levelup_mlp,
    ),
    Recipe(
        "keras-mlp-512",
        "Dense 512; RMSprop, batch 128, 5 epochs",
        _WALK_THROUGH,
        0.0215,
        "accuracy 97.85%",
        _keras_mlp_512,
    ),
    Recipe(
        "mlm-mlp",
        "Dense 784 from a normal initialiser; Adam, batch 200, 10 epochs",
        _MLM,
        0.0191,
        "error 1.91%; its text also says 1.74%",
        _mlm_mlp,
    ),
    Recipe(
        "mlm-cnn",
        "Conv 32 5x5, pool, dropout 0.2, dense 128; Adam, batch 200, 10 epochs",
        _MLM,
        0.0103,
        "error 1.03%",
        _mlm_cnn,
    ),
    Recipe(
        "mlm-cnn-large",
        "Conv 30 5x5, pool, conv 15 3x3, pool, dropout 0.2, dense 128, dense 50; "
        "Adam, batch 200, 10 epochs",
        _MLM,
        0.0082,
        "error 0.82%; its text also says 0.89%",
        _mlm_cnn_large,
    ),
)

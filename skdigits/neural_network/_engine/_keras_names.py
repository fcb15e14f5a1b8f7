"""Names of Keras' optimisers and losses."""

from __future__ import annotations

#: Optimisers and losses that can be asked for by name, and Keras' classes of them. Not asked of
#: Keras, so that the names can be checked before TensorFlow is loaded.
OPTIMIZERS = {
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "adamax": "Adamax",
    "adamw": "AdamW",
    "ftrl": "Ftrl",
    "lion": "Lion",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
LOSSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "categorical_hinge": "CategoricalHinge",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}

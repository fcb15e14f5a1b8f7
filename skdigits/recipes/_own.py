"""skdigits' own networks: the shortest time to an error, and the smallest error in a time.

All numbers were chosen on the training images only, with
``examples/benchmarks/try_classifier.py``; its runs are in ``docs/results/trials.csv``.
"""

from __future__ import annotations

from typing import Any

from joblib import cpu_count
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import check_random_state

from .._typing import RandomState
from ..neural_network import ImageAugmentation, KerasCNNClassifier, KerasMLPClassifier
from ..neural_network._loading import load_keras
from ._adaptation import TrainingImages
from ._recipe import Recipe

RANGES: dict[str, Any] = {"shift": 2.0, "rotation": 8.0, "zoom": 0.08, "shear": 0.1}
N_VOTERS = 4


def _fast_mlp(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale_flat(),
        KerasMLPClassifier(
            hidden_layer_sizes=(512,),
            optimizer=_adam(beta_1=0.7, beta_2=0.9),
            learning_rate=0.006,
            learning_rate_schedule="one_cycle",
            batch_size=256,
            epochs=3,
            **training,
        ),
    )


def _fast_cnn(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(),
        KerasCNNClassifier(
            **images.fit_windows(filters=(16, 32), kernel_size=(5, 3)),
            batch_normalization=True,
            hidden_layer_sizes=(128,),
            optimizer=_adam(beta_1=0.7, beta_2=0.9),
            learning_rate=0.01,
            learning_rate_schedule="one_cycle",
            batch_size=256,
            epochs=1,
            **training,
        ),
    )


def _compact_cnn(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(),
        _augmented_cnn(
            images,
            filters=(16, 32),
            dropout=0.05,
            epochs=20,
            **_with_momentum(weight_decay=0.0005),
            **training,
        ),
    )


def _better_cnn(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(), _augmented_cnn(images, dropout=0.05, epochs=6, **_with_adam(), **training)
    )


def _best_classifier(images: TrainingImages, **training: Any) -> KerasCNNClassifier:
    return _augmented_cnn(
        images,
        conv_dropout=0.05,
        dropout=0.1,
        epochs=60,
        test_time_shift=images.count_pixels(1),
        test_time_rotation=5.0,
        augmentation=_other_writers(images),
        **_with_momentum(weight_decay=0.001),
        **training,
    )


def _augmented_cnn(
    images: TrainingImages, *, filters: Any = (24, (48, 48)), **changes: Any
) -> KerasCNNClassifier:
    parameters: dict[str, Any] = {
        **images.fit_windows(filters, kernel_size=(5, 3)),
        "batch_normalization": True,
        "hidden_layer_sizes": (128,),
        "learning_rate_schedule": "one_cycle",
        "batch_size": 128,
        "augmentation": images.augment(**RANGES),
    }
    return KerasCNNClassifier(**(parameters | changes))


def _other_writers(images: TrainingImages) -> ImageAugmentation:
    """Also vary what differs between writers, the pen and the proportions; keep strokes sharp."""
    return images.augment(
        shift=2.0,
        rotation=10.0,
        zoom=0.12,
        shear=0.2,
        stretch=0.15,
        thickness=1.0,
        interpolation="lanczos3",
    )


def _best_cnn(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(images.scale(), _best_classifier(images, **training))


def _best_ensemble(
    images: TrainingImages, *, random_state: RandomState = None, **training: Any
) -> Pipeline:
    # Checkpoints need an int in each classifier, even if random_state is not an int.
    seeds = check_random_state(random_state).randint(2**31 - 1, size=N_VOTERS)
    voters = [
        (f"cnn-{i}", _best_classifier(images, random_state=int(seed), **training))
        for i, seed in enumerate(seeds, start=1)
    ]
    # Two trainings on one core each take less time than two in turn on both cores.
    # With more processes than networks some cores would be idle.
    n_jobs = min(cpu_count(), N_VOTERS)
    return make_pipeline(images.scale(), VotingClassifier(voters, voting="soft", n_jobs=n_jobs))


def _best_mlp(images: TrainingImages, **training: Any) -> Pipeline:
    return make_pipeline(
        images.scale(),
        KerasMLPClassifier(
            hidden_layer_sizes=(1024, 512),
            batch_normalization=True,
            optimizer=_adam(beta_2=0.99),
            learning_rate=0.003,
            learning_rate_schedule="one_cycle",
            batch_size=128,
            epochs=40,
            augmentation=images.augment(
                shift=1.0, rotation=8.0, zoom=0.08, shear=0.1, elastic=1.2
            ),
            test_time_shift=images.count_pixels(1),
            **training,
        ),
    )


def _adam(**betas: float) -> Any:
    """Adam for short trainings: its means of the gradients must adapt quickly."""
    load_keras()
    import keras

    return keras.optimizers.Adam(**betas)


def _with_adam() -> dict[str, Any]:
    """Adam, which is better after a few epochs."""
    return {"optimizer": _adam(beta_2=0.99), "learning_rate": 0.004}


def _with_momentum(*, weight_decay: float) -> dict[str, Any]:
    """Nesterov momentum with a high learning rate, which is better after many epochs."""
    load_keras()
    import keras

    return {
        "optimizer": keras.optimizers.SGD(momentum=0.9, nesterov=True),
        "learning_rate": 0.3,
        "weight_decay": weight_decay,
    }


def _recipe(name: str, summary: str, build: Any) -> Recipe:
    """Make a recipe of skdigits' own, without a source."""
    return Recipe(name, summary, None, None, None, build)


OWN = (
    _recipe("fast-mlp", "Dense 512; one-cycle Adam, batch 256, 3 epochs", _fast_mlp),
    _recipe(
        "fast-cnn",
        "Conv 16 5x5, pool, conv 32 3x3, pool, dense 128, batch norm.; one-cycle Adam, "
        "batch 256, 1 epoch",
        _fast_cnn,
    ),
    _recipe(
        "compact-cnn",
        "Network of fast-cnn; one-cycle SGD, batch 128, 20 epochs of augmented images",
        _compact_cnn,
    ),
    _recipe(
        "better-cnn",
        "Conv 24 5x5, pool, 2 conv 48 3x3, pool, dense 128, batch norm.; one-cycle Adam, "
        "batch 128, 6 epochs of augmented images",
        _better_cnn,
    ),
    _recipe(
        "best-cnn",
        "Network of better-cnn with dropout after the convolutions; one-cycle SGD, batch 128, 60 "
        "epochs of augmented images with other pens and proportions; predictions are the mean "
        "over five shifts at three angles",
        _best_cnn,
    ),
    _recipe(
        "best-mlp",
        "Dense 1024, dense 512, batch norm.; one-cycle Adam, batch 128, 40 epochs of augmented "
        "images with elastic distortion; predictions are the mean over five shifts",
        _best_mlp,
    ),
    _recipe("best-ensemble", f"Soft vote of {N_VOTERS} networks of best-cnn", _best_ensemble),
)

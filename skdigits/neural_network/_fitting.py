"""From checked samples to a trained network: by the compiled epoch, or by `keras.Model.fit`."""

from __future__ import annotations

import keras
import numpy as np

from ._engine._history import History, print_line
from ._engine._losses import encode_targets
from ._engine._plan import Samples, TrainingLoop, TrainingPlan
from ._engine._training import train
from ._scikeras import reason_for_model_fit, train_with_model_fit


def train_network(
    network: keras.Model,
    samples: Samples,
    validation: Samples | None,
    history: History,
    plan: TrainingPlan,
) -> None:
    """Train a network in place: by the compiled epoch if possible, else by `Model.fit`.

    Parameters
    ----------
    network : keras.Model
        Compiled; ends in logits.
    samples : Samples
        Flat samples, class numbers and weights to train on.
    validation : Samples or None
        The same to validate on.
    history : dict of list of float
        Takes the figures of each epoch.
    plan : TrainingPlan
        How to train.

    Raises
    ------
    ValueError
        If a parameter needs the compiled epoch, which cannot train this network.
    DivergenceError
        If the loss becomes NaN or infinite.
    """
    reason = reason_for_model_fit(network, plan.callbacks)
    compiled_only = {
        "augmentation": plan.augment,
        "weight_averaging": plan.weight_averaging,
        "checkpoint_dir": plan.checkpoint_dir,
    }
    asked = [name for name, value in compiled_only.items() if value]
    if reason is not None and asked:
        raise ValueError(
            f"{asked[0]} requires compiled training, which is not possible here: {reason}. "
            f"Remove that, or do not set {asked[0]}."
        )
    if reason is not None and plan.verbose:
        print_line(f"Training with keras.Model.fit: {reason}.")
    loop: TrainingLoop = train if reason is None else train_with_model_fit
    if validation is not None and validation.x.dtype != samples.x.dtype:
        # The programs take one dtype; they cast bytes to float32 in any case.
        samples, validation = (
            each._replace(x=each.x.astype(np.float32)) for each in (samples, validation)
        )
    held_out = None if validation is None else _as_the_network_takes(validation, network)
    loop(network, _as_the_network_takes(samples, network), held_out, history, plan)


def _as_the_network_takes(samples: Samples, network: keras.Model) -> Samples:
    """Give samples the shape of the network's input, and class numbers as targets of its loss."""
    n_samples, (_, n_outputs) = len(samples.x), network.output_shape
    return Samples(
        samples.x.reshape(n_samples, *network.input_shape[1:]),
        encode_targets(network.loss, samples.y, n_outputs),
        samples.sample_weight,
    )

"""From the parameters of a convolutional classifier to its blocks: shapes only, no Keras."""

from __future__ import annotations

from numbers import Integral
from typing import Any, NamedTuple

from ..exceptions import NetworkShapeError
from ._parameters import Activation, layer_sizes, per_layer, per_layer_activations

_KERNEL_SIDE = 3
_POOL_SIDE = 2


class ConvolutionBlock(NamedTuple):
    """Convolutions that share an activation and one pooling, and the dropout after it."""

    filters: tuple[int, ...]
    kernel_size: tuple[int, int]
    pool_size: tuple[int, int]
    dropout: float
    activation: Activation


def convolution_blocks(
    input_shape: tuple[int, ...],
    filters: Any,
    kernel_size: Any,
    pool_size: Any,
    dropout: Any,
    activation: Any = "relu",
) -> list[ConvolutionBlock]:
    """Spread the parameters over blocks and check that each block fits.

    Parameters
    ----------
    input_shape : tuple of int
        ``(height, width, channels)``.
    filters, kernel_size, pool_size, dropout, activation
        The parameters of `KerasCNNClassifier`.

    Returns
    -------
    blocks : list of ConvolutionBlock
        First block first.

    Raises
    ------
    NetworkShapeError
        If a kernel or a pooling window is larger than what reaches it, naming the
        layer, what reaches it and what to change.
    ValueError
        If a parameter is malformed.
    """
    entries = [filters] if isinstance(filters, Integral) else list(filters)
    if not entries:
        raise ValueError("filters must name at least one block; got an empty sequence.")
    stacks = [layer_sizes("filters", entry) for entry in entries]
    kernels = _sides("kernel_size", kernel_size, len(stacks))
    pools = _sides("pool_size", pool_size, len(stacks))
    rates = per_layer("conv_dropout", dropout, len(stacks), low=0, high=1)
    activations = per_layer_activations("conv_activation", activation, len(stacks))
    blocks = []
    sides = (input_shape[0], input_shape[1])
    for i, (stack, kernel, pool, rate, activated) in enumerate(
        zip(stacks, kernels, pools, rates, activations, strict=True)
    ):
        if kernel is None:
            # Equal kernels in a block: none may use up what the next one needs.
            room = [1 + (side - 1) // len(stack) for side in sides]
            kernel = (min(_KERNEL_SIDE, room[0]), min(_KERNEL_SIDE, room[1]))
        for j in range(len(stack)):
            name = f"convolution {i + 1}" + (f".{j + 1}" if len(stack) > 1 else "")
            _check_fit(name, "kernel_size", kernel, sides, input_shape)
            sides = (sides[0] - kernel[0] + 1, sides[1] - kernel[1] + 1)
        if pool is None:
            pool = (min(_POOL_SIDE, sides[0]), min(_POOL_SIDE, sides[1]))
        _check_fit(f"pooling {i + 1}", "pool_size", pool, sides, input_shape)
        sides = (sides[0] // pool[0], sides[1] // pool[1])
        blocks.append(ConvolutionBlock(stack, kernel, pool, rate, activated))
    return blocks


def _check_fit(
    layer: str,
    parameter: str,
    window: tuple[int, int],
    sides: tuple[int, int],
    input_shape: tuple[int, ...],
) -> None:
    """Refuse a window larger than what reaches it."""
    if window[0] > sides[0] or window[1] > sides[1]:
        raise NetworkShapeError(
            f"{layer} has a window of {window[0]}x{window[1]} pixels, but only "
            f"{sides[0]}x{sides[1]} reach it (the image is {input_shape[0]}x{input_shape[1]}). "
            f'Use a smaller {parameter} (or "auto"), fewer entries in filters, or less pooling '
            "before it."
        )


def _sides(name: str, value: Any, n_blocks: int) -> list[tuple[int, int] | None]:
    """Spread a window size over the blocks; None stands for "auto"."""
    if isinstance(value, str):
        return [None] * n_blocks
    if isinstance(value, Integral):
        return [(int(value), int(value))] * n_blocks
    entries = list(value)
    if n_blocks == 1 and len(entries) == 2 and all(isinstance(e, Integral) for e in entries):
        entries = [entries]  # the one pair there can be
    if len(entries) != n_blocks:
        is_pair = len(entries) == 2 and all(isinstance(entry, Integral) for entry in entries)
        hint = f" For a pair in each, pass {[tuple(entries)] * n_blocks}."
        raise ValueError(
            f"{name} must be one number, or one entry for each block of filters, here "
            f"{n_blocks}; got {len(entries)}: {value!r}.{hint if is_pair else ''}"
        )
    pairs: list[tuple[int, int] | None] = []
    for entry in entries:
        pair = (entry, entry) if isinstance(entry, Integral) else tuple(entry)
        if len(pair) != 2 or not all(isinstance(s, Integral) and int(s) >= 1 for s in pair):
            raise ValueError(
                f"{name} must hold integers of at least 1, or pairs of them; got {entry!r}."
            )
        pairs.append((int(pair[0]), int(pair[1])))
    return pairs

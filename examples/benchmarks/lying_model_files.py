"""Malicious model files: changed at random, or made to do harm, with valid digests."""

from __future__ import annotations

import copy
import io
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import make_pipeline

from skdigits import (
    Deskewer,
    ImageScaler,
    KerasCNNClassifier,
    KerasMLPClassifier,
    MNISTNormalizer,
    save_model,
)
from skdigits._archive import array_name, array_to_bytes, pack, unpack

DESCRIPTION = "model.json"

CNN, MLP = (
    "skdigits.neural_network.KerasCNNClassifier",
    "skdigits.neural_network.KerasMLPClassifier",
)
#: What is put in place of anything in a description.
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 10, 1e308, -0.5, 0.5, 10**6, 2**31, 2**63, 10**19, 10**4000),
    *("", "x", "auto", "relu", "adam", "cosine", "drop", "passthrough", "x" * 10**6, "\x1b[2J"),
    *([], [1], [[1]], [1, 2, 3], [2] * 10**5, [[[[[[[1]]]]]]], float("nan"), float("inf")),
    *({"tuple": []}, {"tuple": [8, 8]}, {"tuple": [10**9, 10**9]}, {"tuple": [64]}),
    *({"float": "nan"}, {"float": "inf"}, {"float": "1e400"}, {"dict": []}, {"dict": [["a", 1]]}),
    *({"objects": ["a", 1, None]}, {"objects": []}, {"array": "arrays/0.npy"}),
    {"keras": {"class": "initializers.Zeros", "config": {}}},
    {"keras": {"class": "optimizers.Adam", "config": {"learning_rate": 10**19}}},
    {"keras": {"class": "losses.CategoricalHinge", "config": {"dtype": "float8"}}},
    {"estimator": {"class": "skdigits.preprocessing.ImageScaler", "params": {}, "fitted": {}}},
]
NEW_KEYS = ["memory", "n_jobs", "__class__", "predict", "callbacks", "network", "output", "le_"]


# Files to begin with


def make_models() -> dict[str, bytes]:
    """Train small models of every kind and save them."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:300], y[:300]
    scaler = ImageScaler(data_range=(0, 16))
    mlp = make_pipeline(scaler, KerasMLPClassifier(hidden_layer_sizes=(8,), epochs=1))
    cnn = make_pipeline(
        scaler,
        KerasCNNClassifier(
            filters=(4,), hidden_layer_sizes=(8,), batch_normalization=True, epochs=1,
            augmentation="light", test_time_shift=1,
        ),
    )  # fmt: skip
    models = {
        "mlp": mlp.fit(X, y),
        "cnn": cnn.fit(X, y),
        "vote": VotingClassifier([("a", mlp), ("b", "drop"), ("c", cnn)], voting="soft").fit(X, y),
        "pictures": make_pipeline(
            MNISTNormalizer(handle_blank="zeros"), Deskewer(), ImageScaler(), mlp[-1]
        ).fit(X.reshape(-1, 8, 8), y),
    }
    contents = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            save_model(model, Path(folder) / name)
            contents[name] = (Path(folder) / name).read_bytes()
    return contents


def take_apart(content: bytes) -> tuple[Any, dict[str, bytes]]:
    """Give the description and the arrays of a file."""
    parts = unpack(content, DESCRIPTION)
    return json.loads(parts.pop(DESCRIPTION)), parts


def put_together(description: Any, arrays: dict[str, bytes]) -> bytes:
    """Make a file of right digests."""
    return pack({DESCRIPTION: json.dumps(description).encode(), **arrays})


# Files that are changed at random


def changed_files(
    models: dict[str, bytes], n_files: int, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Change descriptions and arrays at random."""
    source = random.Random(seed)
    for i in range(n_files):
        name = source.choice(list(models))
        description, arrays = take_apart(models[name])
        if source.random() < 0.8:
            for _ in range(source.choice([1, 1, 1, 2, 3])):
                change_description(description, source)
        else:
            chosen = source.choice(list(arrays))
            arrays[chosen] = change_array(arrays[chosen], source)
        yield f"{name} changed, {i} of seed {seed}", put_together(description, arrays)


def change_description(description: Any, source: random.Random) -> None:
    """Change one value, key or item of a description."""
    path = source.choice(list(_paths(description)))
    place = description
    for key in path[:-1]:
        place = place[key]
    action = source.random()
    if action < 0.65:
        place[path[-1]] = copy.deepcopy(source.choice(VALUES))
    elif action < 0.75:
        del place[path[-1]]
    elif action < 0.9:
        other = description
        for key in source.choice(list(_paths(description))):
            other = other[key]
        place[path[-1]] = copy.deepcopy(other)
    elif isinstance(place, dict):
        place[source.choice(NEW_KEYS)] = copy.deepcopy(source.choice(VALUES))
    else:
        place.append(copy.deepcopy(source.choice(VALUES)))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Go through all places in a description."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from _paths(item, (*path, key))


def change_array(content: bytes, source: random.Random) -> bytes:
    """Change the dtype, the shape, a number or a byte of an array."""
    array = np.load(io.BytesIO(content))
    changes: list[Callable[[], Any]] = [
        lambda: array.astype(source.choice(["f2", "f8", "i1", "u8", "?", "S3", "U5", ">f4"])),
        lambda: np.where(np.arange(array.size) == 0, np.inf, array.reshape(-1)),
        lambda: np.full_like(array, source.choice([np.nan, np.inf, 3e38]), dtype=np.float32),
        lambda: array.reshape(-1),
        lambda: array[..., None],
        lambda: np.concatenate([array.reshape(-1)] * 2),
        lambda: array.reshape(-1)[:0],
        lambda: array.T,
        lambda: np.asfortranarray(array),
    ]
    if source.random() < 0.3:
        damaged = bytearray(content)
        damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        return bytes(damaged)
    with np.errstate(all="ignore"):
        return array_to_bytes(source.choice(changes)())


# Files that are made up to do harm


def made_up_files(models: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Make files that cost too much, or nearly so, and give every parameter every value."""
    yield from large_files()
    for network in (
        _one_layer(2**18, 1, 1, 1),
        _one_layer(2048, 1, 1, 1),
        _one_layer(1000, 64, 64, 1),
        _one_layer(1500, 1, 1, 16),
        *(_deep(CNN, n, side) for n, side in ((60, 512), (80, 256))),
        *(_deep(MLP, n) for n in (20, 50, 99)),
    ):
        yield f"nearly too large: {network.params}"[:90], network_file([network])
    yield "nearly too many", network_file([_deep(MLP, 60)] * 6)
    for name in ("mlp", "cnn"):
        description, arrays = take_apart(models[name])
        last = description["model"]["params"]["steps"][-1]["tuple"][1]["estimator"]
        for group in ("params", "fitted"):
            for key, before in list(last[group].items()):
                for i, value in enumerate(VALUES):
                    if i % 5 == len(key) % 5:
                        last[group][key] = value
                        yield f"{name} with {key} {i}", put_together(description, arrays)
                last[group][key] = before


class Network(NamedTuple):
    """A classifier that a file describes, and the shapes of its weights."""

    kind: str
    shape: tuple[int, ...]
    params: dict[str, Any]
    weights: list[tuple[int, ...]]


def _one_layer(out: int, rows: int, columns: int, filters: int) -> Network:
    """Describe one convolution that gives pictures of so many pixels a side."""
    shape = (out + rows - 1, out + columns - 1, 1) if rows > 1 or out < 2**15 else (1, out, 1)
    pool = [[out if shape[0] > 1 else 1, out]]
    weights = [(rows, columns, 1, filters), (filters,), (filters, 2), (2,)]
    params = {"filters": [filters], "kernel_size": [[rows, columns]], "pool_size": pool}
    return Network(CNN, shape, {**params, "hidden_layer_sizes": []}, weights)


def _deep(kind: str, n_layers: int, side: int = 2) -> Network:
    """Describe many layers, each of one filter or two units."""
    if kind == MLP:
        weights = [(2, 2), (2,)] * min(n_layers + 1, 1500)
        return Network(MLP, (2,), {"hidden_layer_sizes": [2] * n_layers}, weights)
    params = {
        "filters": [1] * n_layers,
        "kernel_size": 1,
        "pool_size": [1] * (n_layers - 1) + [side],
        "hidden_layer_sizes": [],
    }
    weights = [(1, 1, 1, 1), (1,)] * n_layers + [(1, 2), (2,)]
    return Network(CNN, (side, side, 1), params, weights)


def large_files() -> Iterator[tuple[str, bytes]]:
    """Make small files that need hours or all memory, where they are not refused at once."""
    for side, channels in ((4096, 16), (4096, 10_000), (10**6, 1), (10**9, 1)):
        one = _one_layer(side, 1, 1, 1)
        network = one._replace(shape=(side, side, channels))
        yield f"input {side}x{side}x{channels}", network_file([network])
    for kernel, out in ((96, 4096), (512, 4096), (256, 512), (128, 1024)):
        network = _one_layer(out, kernel, kernel, 1)
        yield f"kernel {kernel}x{kernel} for {out}x{out}", network_file([network])
    for n_layers, side in ((40, 4096), (90, 2000), (200, 64)):
        network = _deep(CNN, n_layers, side)
        yield f"{n_layers} convolutions on {side}x{side}", network_file([network])
    for n_layers in (300, 1200, 10**5):
        yield f"{n_layers} hidden layers", network_file([_deep(MLP, n_layers)])
    yield "20 networks of 60 layers", network_file([_deep(MLP, 60)] * 20)
    for dtype, shape in (("<U0", "(10000000000,)"), ("|S0", "(9,)"), ("<f4", "(0, 10000000000)")):
        header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117)
        array = b"\x93NUMPY\x01\x00\x76\x00" + header.encode() + b"\n"
        fitted = {"classes_": {"array": "arrays/0.npy"}}
        model = {"class": MLP, "params": {}, "fitted": fitted}
        yield f"array {dtype} {shape}", put_together(_whole(model), {"arrays/0.npy": array})
    for described in (
        {"keras": {"class": "optimizers.Adam", "config": {}}},
        {"estimator": {"class": CNN, "params": {}, "fitted": {}}},
    ):
        model = {
            "class": "skdigits.preprocessing.ImageScaler",
            "params": {"data_range": [described] * 50_000},
            "fitted": {},
        }
        yield f"50,000 {next(iter(described))}", put_together(_whole(model), {})
    parts = {f"arrays/{i}.npy": b"" for i in range(100_000)}
    yield "100,000 parts", pack({DESCRIPTION: b"{}", **parts})
    yield from _large_descriptions()


def network_file(networks: list[Network]) -> bytes:
    """Make a file of one network, or of a vote of several, whose weights are zeros."""
    arrays: dict[str, bytes] = {}

    def array(value: Any) -> dict[str, str]:
        name = array_name(len(arrays))
        arrays[name] = array_to_bytes(np.asarray(value))
        return {"array": name}

    described = []
    for kind, shape, params, weights in networks:
        fitted = {
            "n_features_in_": int(np.prod(shape, dtype=object)),
            "classes_": array(np.arange(2)),
            "sample_shape_": {"tuple": shape},
            "input_shape_": {"tuple": shape},
            "history_": {"dict": []},
            "n_epochs_": 1,
        }
        network = {
            "weights": [array(np.zeros(shape, np.float32)) for shape in weights],
            "trial": array(np.zeros((2, 2), np.float32)),
        }
        described.append({"class": kind, "params": params, "fitted": fitted, "network": network})
    model = described[0]
    if len(described) > 1:
        voters = [{"estimator": voter} for voter in described]
        model = {
            "class": "sklearn.ensemble.VotingClassifier",
            "params": {"estimators": [{"tuple": [f"v{i}", "x"]} for i in range(len(voters))]},
            "fitted": {"estimators_": voters, "classes_": array(np.arange(2))},
        }
    return put_together(_whole(model), arrays)


def _large_descriptions() -> Iterator[tuple[str, bytes]]:
    """Make descriptions that cost more than their bytes."""
    pipeline = '{"class": "sklearn.pipeline.Pipeline", "fitted": {}, "params": {"steps": [%s]}}'
    for n in (80, 3000):
        nested = pipeline % ""
        for _ in range(n):
            nested = pipeline % f'{{"tuple": ["a", {{"estimator": {nested}}}]}}'
        yield f"{n} pipelines in one another", _described(nested)
    for text in (
        *("[" * n + "1" + "]" * n for n in (101, 900, 10**6)),
        '{"tuple": [' * 50_000 + "1" + "]}" * 50_000,
        *("[" + part * 10**6 + "1]" for part in ("[],", "1,", '"",', '{"dict": []},')),
        *("9" * n for n in (21, 4000, 10**5)),
        *("1e999", "NaN", "-Infinity", '{"float": "1e999"}', '"' + "a" * 5 * 10**7 + '"'),
    ):
        yield f"model {text[:12]}", _described(text)
        yield f"steps {text[:12]}", _described(pipeline % text)
    for n in (10**4, 10**6):
        config = {"boundaries": list(range(n)), "values": [0.1] * (n + 1)}
        schedule = {"class": "optimizers.schedules.PiecewiseConstantDecay", "config": config}
        params = {"learning_rate_schedule": {"keras": schedule}}
        model = {"class": MLP, "params": params, "fitted": {}}
        yield f"schedule of {n} boundaries", put_together(_whole(model), {})
    vote = {"class": "sklearn.ensemble.VotingClassifier", "fitted": {}}
    vote["params"] = {"estimators": [], "n_jobs": 10**9}
    yield "a billion processes", put_together(_whole(vote), {})


def _whole(model: Any) -> dict[str, Any]:
    """Give the description of a file for that of a model."""
    return {"format": 1, "versions": {}, "model": model}


def _described(model: str) -> bytes:
    """Make a file of a model's description alone."""
    text = f'{{"format": 1, "versions": {{}}, "model": {model}}}'
    return pack({DESCRIPTION: text.encode()})

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
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

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
FORMAT = 2


def keras_object(name: str, **config: Any) -> dict[str, Any]:
    """Describe one of Keras' objects as a file does."""
    module, _, class_name = f"keras.{name}".rpartition(".")
    described = {"module": module, "class_name": class_name, "config": config}
    return {"keras": {**described, "registered_name": None}}


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
    keras_object("initializers.Zeros"),
    keras_object("optimizers.Adam", learning_rate=10**19),
    keras_object("losses.CategoricalHinge", dtype="float8"),
    {"module": "os", "class_name": "system", "config": {}, "registered_name": None},
    {"estimator": {"class": "skdigits.preprocessing.ImageScaler", "params": {}, "fitted": {}}},
]
NEW_KEYS = [
    *("memory", "n_jobs", "__class__", "predict", "callbacks", "network", "output", "le_"),
    *("keras", "class_name", "build_config", "module", "config", "inbound_nodes", "groups"),
]


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
    classic = [
        ("svm", CalibratedClassifierCV(SVC(), cv=2)),
        ("neighbors", KNeighborsClassifier(algorithm="kd_tree")),
        ("forest", RandomForestClassifier(2, max_depth=5)),
        ("boosting", HistGradientBoostingClassifier(max_iter=2, max_depth=3)),
        ("network", make_pipeline(StandardScaler(), PCA(10), mlp[-1])),
    ]
    models["classic"] = VotingClassifier(classic, voting="soft").fit(X, y)
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
    yield from nearly_too_large_files()
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
    """A classifier that a file describes, its network and the shapes of the weights."""

    kind: str
    shape: tuple[int, ...]
    layers: list[dict[str, Any]]
    weights: list[tuple[int, ...]]
    inputs: list[list[int]] | None = None

    def architecture(self) -> dict[str, Any]:
        """Describe a Sequential network, or one whose layers take those of the numbers given."""
        pixels = _input(self.shape)
        layers = [{**one, "name": f"l{i}"} for i, one in enumerate([pixels, *self.layers])]
        if self.inputs is None:
            return network("Sequential", layers=layers)
        for one, sources in zip(layers, [None, *self.inputs], strict=True):
            one["config"] = {**one["config"], "name": one["name"]}
            one["inbound_nodes"] = [] if sources is None else [_call(sources)]
        ends = {"input_layers": [["l0", 0, 0]], "output_layers": [[f"l{len(layers) - 1}", 0, 0]]}
        return network("Functional", layers=layers, **ends)


def layer(class_name: str, **config: Any) -> dict[str, Any]:
    """Describe a layer as Keras does."""
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": "l", "trainable": True, "dtype": "float32", **config},
        "registered_name": None,
    }


def _input(shape: tuple[int, ...]) -> dict[str, Any]:
    pixels = layer("InputLayer", batch_shape=[None, *shape])
    del pixels["config"]["trainable"]
    return pixels


def network(class_name: str, **config: Any) -> dict[str, Any]:
    """Describe a network as Keras does."""
    return {**layer(class_name, **config), "module": "keras"}


def _call(sources: list[int]) -> dict[str, Any]:
    """Describe the call of a layer with what others give."""
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": [f"l{i}", 0, 0]}}
        for i in sources
    ]
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}


def _dense(units: int) -> dict[str, Any]:
    return layer("Dense", units=units, activation="linear", use_bias=True)


def _windows(class_name: str, strides: Any = (1, 1), **config: Any) -> dict[str, Any]:
    """Describe a layer that moves a window over the pixels."""
    shared = {"strides": strides, "padding": "valid", "data_format": "channels_last"}
    return layer(class_name, **{**shared, **config})


def _convolution(
    filters: int, kernel: Any = (1, 1), class_name: str = "Conv2D", **config: Any
) -> dict[str, Any]:
    settings = {
        "filters": filters, "kernel_size": kernel, "dilation_rate": [1, 1],
        "activation": "linear", "use_bias": True, "groups": 1,
    }  # fmt: skip
    return _windows(class_name, **{**settings, **config})


def _transposed_convolution(**config: Any) -> dict[str, Any]:
    settings = {"groups": None, "output_padding": None, **config}
    return _convolution(1, (3, 3), "Conv2DTranspose", **settings)


def _pooling(
    window: Any, strides: Any = None, class_name: str = "MaxPooling2D", **config: Any
) -> dict[str, Any]:
    return _windows(class_name, strides=strides or window, pool_size=window, **config)


#: From an image of one channel to logits.
_END = [
    layer("GlobalAveragePooling2D", data_format="channels_last", keepdims=False),
    _dense(2),
]
_END_WEIGHTS = [(1, 2), (2,)]


def _image(side: int, *layers: dict[str, Any], weights: Any = (), channels: int = 1) -> Network:
    """Describe layers on a square image that end in as many channels."""
    ends = [(channels, 2), (2,)]
    return Network(CNN, (side, side, 1), [*layers, *_END], [*weights, *ends])


def _one_layer(out: int, rows: int, columns: int, filters: int) -> Network:
    """Describe one convolution that gives images of so many pixels a side."""
    one = _convolution(filters, (rows, columns))
    weights = [(rows, columns, 1, filters), (filters,)]
    found = _image(out, one, weights=weights, channels=filters)
    is_long = rows == 1 and out >= 2**15
    return found._replace(shape=(1 if is_long else out + rows - 1, out + columns - 1, 1))


def _deep(kind: str, n_layers: int, side: int = 2) -> Network:
    """Describe many layers, each of one filter or two units."""
    if kind == MLP:
        return Network(MLP, (2,), [_dense(2)] * (n_layers + 1), [(2, 2), (2,)] * (n_layers + 1))
    weights = [(1, 1, 1, 1), (1,)] * n_layers
    return _image(side, *[_convolution(1)] * n_layers, weights=weights)


def _merging(class_name: str, n_inputs: int, n_layers: int, side: int = 1) -> Network:
    """Describe layers that each merge the one before so many times."""
    merges = [layer(class_name, **({"axis": 1} if class_name == "Concatenate" else {}))] * n_layers
    inputs = [[i] * n_inputs for i in range(n_layers)] + [[n_layers], [n_layers + 1]]
    return _image(side, *merges)._replace(inputs=inputs)


def _all_at_once(n_layers: int, side: int, channels: int) -> Network:
    """Describe layers whose outputs are all needed at the end."""
    wide = _convolution(channels)
    inputs = [[0]] * n_layers + [list(range(1, n_layers + 1)), [n_layers + 1], [n_layers + 2]]
    weights = [(1, 1, 1, channels), (channels,)] * n_layers
    found = _image(side, *[wide] * n_layers, layer("Add"), weights=weights, channels=channels)
    return found._replace(inputs=inputs)


def _nested(depth: int, n_calls: int) -> Network:
    """Describe networks that each call the next one so many times."""
    inner = layer("Activation", activation="relu")
    for _ in range(depth):
        called = [{**inner, "name": "l1", "inbound_nodes": [_call([0])]}]
        for i in range(1, n_calls):
            node = _call([1])
            node["args"][0]["config"] = {"keras_history": ["l1", i - 1, 0]}
            called[0]["inbound_nodes"].append(node)
        pixels = {**_input((2,)), "name": "l0"}
        pixels["config"]["name"] = "l0"
        inner = network(
            "Functional",
            layers=[{**pixels, "inbound_nodes": []}, *called],
            input_layers=[["l0", 0, 0]],
            # Keras counts the calls of a Functional network from 1 here.
            output_layers=[["l1", n_calls - (inner["class_name"] != "Functional"), 0]],
        )
    return Network(MLP, (2,), [inner, _dense(2)], [(2, 2), (2,)])


def nearly_too_large_files() -> Iterator[tuple[str, bytes]]:
    """Make files that need nearly as much as they may, of which some can be loaded."""
    for i, one in enumerate(_nearly_too_large()):
        yield f"nearly too large {i}: {one.shape} {one.layers[0]}"[:200], network_file([one])
    yield "nearly too many", network_file([_deep(MLP, 60)] * 6)


def _nearly_too_large() -> Iterator[Network]:
    """Describe networks at the edge of what may be loaded, and windows at that of arithmetic."""
    yield from (_one_layer(2**18, 1, 1, 1), _one_layer(2047, 1, 1, 1), _one_layer(1000, 16, 16, 1))
    yield from (_one_layer(700, 1, 1, 16), _deep(CNN, 60, 512), _deep(CNN, 80, 256))
    yield from (_deep(MLP, n_layers) for n_layers in (20, 50, 98))
    yield _image(120, _convolution(512), _convolution(512, (3, 3)), channels=512, weights=[
        (1, 1, 1, 512), (512,), (3, 3, 512, 512), (512,)])  # fmt: skip
    yield _all_at_once(3, 1000, 8)
    yield _merging("Add", 15, 90, side=400)
    yield _merging("Concatenate", 19, 5)
    for edge in (10**3, 10**6, 2**31 - 1, 10**10):
        kernel = [(3, 3, 1, 1), (1,)]
        same = {"padding": "same"}
        yield _image(32, _convolution(1, (3, 3), dilation_rate=[edge] * 2, **same), weights=kernel)
        yield _image(32, _convolution(1, (3, 3), strides=[edge] * 2, **same), weights=kernel)
        for kind in ("MaxPooling2D", "AveragePooling2D"):
            yield _image(32, _pooling([edge] * 2, **same, class_name=kind))
            yield _image(32, _pooling([2, 2], [edge] * 2, **same, class_name=kind))
        yield _image(2, _transposed_convolution(strides=[edge] * 2), weights=kernel)
        yield _image(2, _transposed_convolution(output_padding=[edge] * 2), weights=kernel)
        yield _image(32, _edges("ZeroPadding2D", "padding", edge))
        yield _image(32, _edges("Cropping2D", "cropping", edge))
    for grouped in (4, 16, 64):
        weights = [(1, 1, 1, 64), (64,), (3, 3, 64 // grouped, 64), (64,)]
        convolutions = _convolution(64), _convolution(64, (3, 3), groups=grouped)
        yield _image(258, *convolutions, channels=64, weights=weights)
    for name in ("exponential", "mish", "softmax"):
        yield _image(1000, *[layer("Activation", activation=name)] * 30)
    yield _image(1000, *[layer("LayerNormalization", axis=[1, 2], epsilon=1e-9, center=False,
                               scale=False)] * 30)  # fmt: skip
    yield _image(1000, *[layer("Permute", dims=[2, 1, 3])] * 32)


def _edges(class_name: str, key: str, edge: int) -> dict[str, Any]:
    return layer(class_name, **{key: [[edge] * 2] * 2, "data_format": "channels_last"})


def large_files() -> Iterator[tuple[str, bytes]]:
    """Make small files that need hours or all memory, where they are not refused at once."""
    for side, channels in ((4096, 16), (4096, 10_000), (10**6, 1), (10**9, 1)):
        one = _image(side, channels=channels)._replace(shape=(side, side, channels))
        yield f"input {side}x{side}x{channels}", network_file([one])
    for kernel, out in ((96, 4096), (512, 4096), (256, 512), (128, 1024)):
        yield (
            f"kernel {kernel}x{kernel} for {out}x{out}",
            network_file([_one_layer(out, kernel, kernel, 1)]),
        )
    for n_layers, side in ((40, 4096), (90, 2000), (200, 64)):
        one = _deep(CNN, n_layers, side)
        yield f"{n_layers} convolutions on {side}x{side}", network_file([one])
    for n_layers in (300, 1200, 8000):
        yield f"{n_layers} hidden layers", network_file([_deep(MLP, n_layers)])
    for name, one in _large_networks():
        yield name, network_file([one])
    for name, one in _with_settings_for_keras():
        yield name, network_file([one])
    yield "20 networks of 60 layers", network_file([_deep(MLP, 60)] * 20)
    for dtype, shape in (("<U0", "(10000000000,)"), ("|S0", "(9,)"), ("<f4", "(0, 10000000000)")):
        header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117)
        array = b"\x93NUMPY\x01\x00\x76\x00" + header.encode() + b"\n"
        fitted = {"classes_": {"array": "arrays/0.npy"}}
        model = {"class": MLP, "params": {}, "fitted": fitted}
        yield f"array {dtype} {shape}", put_together(_whole(model), {"arrays/0.npy": array})
    for described in (
        keras_object("optimizers.Adam"),
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


def _with_settings_for_keras() -> Iterator[tuple[str, Network]]:
    """Describe settings that ONNX has no use for, and of which Keras would make large objects."""
    large = network("Sequential", layers=[_input((9000,)), _dense(9000)])
    file = layer("StringLookup", vocabulary="/etc/passwd")
    tensor = {**network("__tensor__", value=[0.0], dtype="float32")}
    for name, thing in (("layers", large), ("a file", file), ("a tensor", tensor)):
        constant = keras_object("initializers.Constant", value=thing)["keras"]
        for key in (
            *("kernel_initializer", "bias_regularizer", "kernel_constraint"),
            *("activity_regularizer", "seed", "trainable", "name", "quantization_config"),
        ):
            for value in (thing, constant, [thing]):
                yield f"{name} for {key}", _with_setting(**{key: value})
        policy = {**network("DTypePolicy"), "config": {"name": "float32", "source_name": thing}}
        yield f"{name} in a dtype", _with_setting(dtype=policy)
        yield (
            f"{name} in an activation",
            _with_setting(activation=layer("LeakyReLU", negative_slope=0.3, seed=thing)),
        )
        dropout = layer("Dropout", rate=0.1, noise_shape=thing)
        yield f"{name} for noise", _with_setting(dropout)
        shape = layer("RandomZoom", height_factor=[thing], width_factor=None)
        yield f"{name} for a factor", _with_setting(shape)
        compiled = {**_dense(2), "compile_config": {"optimizer": thing}}
        yield f"{name} for an optimiser", Network(MLP, (2,), [compiled], [(2, 2), (2,)])
    many = keras_object("initializers.Constant", value=[0.0] * 10_000)["keras"]
    yield "10,000 values", _with_setting(kernel_initializer=many)
    yield "a name of a megabyte", _with_setting(name="x" * 10**6)
    zeros = keras_object("initializers.Zeros")["keras"]
    yield "an initialiser for a regulariser", _with_setting(kernel_regularizer=zeros)


def _with_setting(*layers: dict[str, Any], **config: Any) -> Network:
    """Describe a small network with settings for its only dense layer."""
    dense = _dense(2)
    dense["config"].update(config)
    return Network(MLP, (2,), [*layers, dense], [(2, 2), (2,)])


def _large_networks() -> Iterator[tuple[str, Network]]:
    """Describe networks whose few bytes ask for hours or all memory."""
    yield from _large_layers()
    yield from _many_calls()
    few = _deep(MLP, 3)
    yield "weights for no layer", few._replace(weights=few.weights * 500)
    yield "weights of other shapes", few._replace(weights=[(1500, 1500), (2,)] * 4)
    for n in (300, 900):
        text: Any = 1
        for _ in range(n):
            text = [text]
        yield f"units within {n} lists", few._replace(layers=[_dense(text)])


def _large_layers() -> Iterator[tuple[str, Network]]:
    """Describe layers that give, look at or keep too much."""
    plain = {"data_format": "channels_last"}
    kernel = [(3, 3, 1, 1), (1,)]
    for edge in (4000, 10**6, 10**9, 10**19):
        larger = layer("UpSampling2D", size=[edge] * 2, interpolation="nearest", **plain)
        yield f"pixels {edge} times", _image(8, larger)
        yield f"{edge} more pixels", _image(8, _edges("ZeroPadding2D", "padding", edge))
        transposed = _transposed_convolution(strides=[edge] * 2)
        yield f"pixels {edge} apart", _image(8, transposed, weights=kernel)
    for n in (10**7, 10**9, 10**19):
        highest = layer("GlobalMaxPooling1D", keepdims=False, **plain)
        rows = [layer("RepeatVector", n=n), highest, _dense(2)]
        yield f"{n} rows", Network(MLP, (2,), rows, [(2, 2), (2,)])
        yield f"{n} units", Network(MLP, (2,), [_dense(n), _dense(2)], [(2, 2), (2,)] * 2)
        yield f"{n} filters", _image(8, _convolution(n), weights=[(1, 1, 1, 1), (1,)])
        shaped = layer("Reshape", target_shape=[n] * 7)
        yield f"shape of {n}", Network(MLP, (2,), [shaped, _dense(2)], [(2, 2), (2,)])
    for side in (500, 1000):
        for kind in ("MaxPooling2D", "AveragePooling2D"):
            pooling = _pooling([side] * 2, [1, 1], kind)
            yield f"{kind} of {side}x{side}", _image(2 * side, pooling)
    shared = {"dilation_rate": [1, 1], "activation": "linear", "use_bias": False}
    depthwise = _windows("DepthwiseConv2D", kernel_size=[100, 100], depth_multiplier=1, **shared)
    yield "depthwise 100x100", _image(1000, depthwise, weights=[(100, 100, 1, 1)])
    yield "50 outputs at once", _all_at_once(50, 1000, 8)


def _many_calls() -> Iterator[tuple[str, Network]]:
    """Describe layers that are many, merge many values or call each other many times."""
    for n_inputs, n_layers, side in ((20_000, 1, 1), (200, 90, 1), (300, 3, 1000)):
        for kind in ("Add", "Average", "Multiply", "Concatenate"):
            one = _merging(kind, n_inputs, n_layers, side)
            yield f"{n_layers} of {kind} of {n_inputs}, {side}x{side}", one
    for depth, n_calls in ((3, 100), (8, 10), (15, 2), (20, 2)):
        yield f"networks nested {depth} times, {n_calls} calls", _nested(depth, n_calls)
    nested = _dense(2)
    for _ in range(25):
        nested = network("Sequential", layers=[nested])
    yield "25 networks in one another", Network(MLP, (2,), [nested], [(2, 2), (2,)])
    activations = [layer("Activation", activation="exponential")] * 9_990
    yield "9,990 activations", Network(MLP, (2,), [*activations, _dense(2)], [(2, 2), (2,)])


def network_file(networks: list[Network]) -> bytes:
    """Make a file of one network, or of a vote of several, whose weights are zeros."""
    arrays: dict[str, bytes] = {}

    def array(value: Any) -> dict[str, str]:
        name = array_name(len(arrays))
        arrays[name] = array_to_bytes(np.asarray(value))
        return {"array": name}

    described = []
    for one in networks:
        kind, shape, weights = one.kind, one.shape, one.weights
        fitted = {
            "n_features_in_": int(np.prod(shape, dtype=object)),
            "classes_": array(np.arange(2)),
            "sample_shape_": {"tuple": shape},
            "input_shape_": {"tuple": shape},
            "history_": {"dict": []},
            "n_epochs_": 1,
        }
        stored = {
            "architecture": one.architecture(),
            "weights": [array(np.zeros(shape, np.float32)) for shape in weights],
            "trial": array(np.zeros((2, 2), np.float32)),
        }
        described.append({"class": kind, "params": {}, "fitted": fitted, "network": stored})
    model = described[0]
    if len(described) > 1:
        voters = [{"estimator": voter} for voter in described]
        model = {
            "class": "sklearn.ensemble.VotingClassifier",
            "params": {"estimators": [{"tuple": [f"v{i}", "x"]} for i in range(len(voters))]},
            "fitted": {"estimators_": voters, "classes_": array(np.arange(2))},
        }
    return put_together(_whole(model), arrays)


def small_file() -> bytes:
    """Make a file that can be loaded."""
    return network_file([_deep(MLP, 0)])


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
        schedule = keras_object("optimizers.schedules.PiecewiseConstantDecay", **config)
        params = {"learning_rate_schedule": schedule}
        model = {"class": MLP, "params": params, "fitted": {}}
        yield f"schedule of {n} boundaries", put_together(_whole(model), {})
    vote = {"class": "sklearn.ensemble.VotingClassifier", "fitted": {}}
    vote["params"] = {"estimators": [], "n_jobs": 10**9}
    yield "a billion processes", put_together(_whole(vote), {})


def _whole(model: Any) -> dict[str, Any]:
    """Give the description of a file for that of a model."""
    return {"format": FORMAT, "versions": {}, "model": model}


def _described(model: str) -> bytes:
    """Make a file of a model's description alone."""
    text = f'{{"format": {FORMAT}, "versions": {{}}, "model": {model}}}'
    return pack({DESCRIPTION: text.encode()})

"""An exported file predicts what its Pipeline predicts, for every kind of input and label."""

import json
import math

import keras
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import BaseKerasClassifier, Deskewer, ImageScaler
from skdigits.exceptions import ExportError
from skdigits.export import to_onnx

from .._small import cnn, mlp

#: What rounding in float32 may change.
NEARLY = {"rtol": 0, "atol": 1e-5}


def run(model, samples, *outputs):
    """Run a model in ONNX Runtime."""
    session = ort.InferenceSession(model.SerializeToString())
    return session.run(list(outputs or ("label", "probabilities")), {"X": samples})


def assert_same(model, pipeline, samples):
    """Check that a model predicts the same as a Pipeline."""
    label, probabilities = run(model, samples)
    assert label.tolist() == pipeline.predict(samples).tolist()
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(samples), **NEARLY)
    assert probabilities.dtype == np.float32


def scaled(*steps, **parameters):
    """Put an ImageScaler for pixels in [0, 16] before the last step."""
    *before, last = steps
    return make_pipeline(*before, ImageScaler(data_range=(0, 16), **parameters), last)


@pytest.fixture(scope="module")
def small_mlp(raw):
    return scaled(mlp(epochs=2)).fit(*raw)


@pytest.fixture(scope="module")
def changing_cnn(raw):
    """Give a network that averages over shifted and rotated copies."""
    classifier = cnn(epochs=2, test_time_shift=1, test_time_rotation=8.0)
    return scaled(classifier, output_shape="image").fit(*raw)


@pytest.fixture(scope="module")
def vote(raw):
    """Give a vote with weights, in which one voter is left out and one is a Pipeline."""
    voters = [
        ("mlp", mlp(epochs=1)),
        ("dropped", "drop"),
        ("cnn", cnn(epochs=1, test_time_shift=2)),
        ("pipeline", make_pipeline(ImageScaler(data_range=(0, 1)), cnn(epochs=1))),
    ]
    return scaled(VotingClassifier(voters, voting="soft", weights=[1, 7, 2, 0.5])).fit(*raw)


@pytest.mark.parametrize("name", ["small_mlp", "changing_cnn", "vote"])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("shape", [(64,), (8, 8), (8, 8, 1), (1, 8, 8)])
def test_predictions_are_those_of_the_pipeline(name, dtype, shape, raw, request):
    pipeline = request.getfixturevalue(name)
    model = to_onnx(pipeline, input_dtype=dtype, input_shape=shape)
    images = raw[0].astype(dtype).reshape(-1, *shape)
    for n_samples in (1, 7, 100):
        assert_same(model, pipeline, images[:n_samples])
    label, probabilities = run(model, images[:0])
    assert label.shape == (0,)
    assert probabilities.shape == (0, 10)


def test_samples_are_flat_or_images_as_in_fit(raw, small_mlp):
    X, y = raw
    (samples,) = to_onnx(small_mlp).graph.input
    assert [side.dim_value or None for side in samples.type.tensor_type.shape.dim] == [None, 64]
    pipeline = scaled(mlp(epochs=1)).fit(X.reshape(-1, 8, 8), y)
    assert_same(to_onnx(pipeline), pipeline, X.reshape(-1, 8, 8).astype("float32"))


@pytest.mark.parametrize(
    "scaling",
    [
        {"data_range": (1, 15), "feature_range": (-0.5, 2)},
        {"dtype": "float16"},
        {"dtype": "float64", "output_shape": (8, 8, 1), "feature_range": (3, 3.5)},
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_scaling_has_the_same_arithmetic(scaling, dtype, raw):
    X, y = raw
    pipeline = make_pipeline(ImageScaler(**({"data_range": (0, 16)} | scaling)), mlp(epochs=1))
    assert_same(to_onnx(pipeline.fit(X, y), input_dtype=dtype), pipeline, X.astype(dtype))


@pytest.mark.parametrize("output_shape", ["flat", "image", (3, 6, 8)])
@pytest.mark.parametrize("shape", [(3, 6, 8), (6, 8, 3)])
def test_colours_are_moved_to_the_end_as_the_pipeline_does(output_shape, shape):
    rng = np.random.RandomState(0)
    X = rng.uniform(0, 255, (60, *shape)).astype("float32")
    classifier = mlp(epochs=1, test_time_shift=1 if output_shape == "image" else 0)
    pipeline = make_pipeline(ImageScaler(output_shape=output_shape), classifier)
    pipeline.fit(X, np.arange(60) % 3)
    assert_same(to_onnx(pipeline, input_shape=shape), pipeline, X)


@pytest.mark.parametrize("shape", [(6, 8, 3), (9, 7), (9, 7, 1)])
def test_colour_and_oblong_images_are_shifted_and_rotated(shape):
    X = np.random.RandomState(0).uniform(-1, 1, (60, *shape)).astype("float32")
    classifier = mlp(epochs=1, test_time_shift=2, test_time_rotation=11.5)
    classifier.fit(X, np.arange(60) % 3)
    assert_same(to_onnx(classifier), classifier, X)


def test_a_shift_by_more_than_the_image_leaves_its_smallest_value(raw):
    X, y = raw[0].astype("float32") / 16, raw[1]
    classifier = mlp(epochs=1, test_time_shift=9).fit(X, y)
    assert_same(to_onnx(classifier), classifier, X)


def test_large_images_are_not_rotated():
    X = np.random.RandomState(0).uniform(0, 1, (12, 65, 64)).astype("float32")
    classifier = mlp(epochs=1, test_time_rotation=3.0).fit(X, np.arange(12) % 3)
    with pytest.raises(ExportError, match=r"65x64 pixels.*set_params\(test_time_rotation=0\)"):
        to_onnx(classifier)
    classifier.set_params(test_time_rotation=0)
    assert_same(to_onnx(classifier), classifier, X)


LABELS = {
    "int8": lambda y: y.astype(np.int8) - 4,
    "uint64": lambda y: y.astype(np.uint64),
    "int64": lambda y: y * 10**12,
    "bool": lambda y: y > 4,
    "float": lambda y: y.astype(float),
    "str": lambda y: np.array([f"zahl {i} é" for i in y]),
    "objects": lambda y: np.array([f"d{i}" for i in y], dtype=object),
    "two texts": lambda y: np.where(y > 4, "b", "a"),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind(kind, digits):
    X, y = digits[0].astype("float32"), LABELS[kind](digits[1])
    classifier = mlp(epochs=1).fit(X, y)
    model = to_onnx(classifier)
    assert_same(model, classifier, X)
    is_text = isinstance(y[0], str)
    assert run(model, X[:1])[0].dtype == (object if is_text else np.int64)
    (classes,) = (entry.value for entry in model.metadata_props if entry.key == "classes")
    assert json.loads(classes) == classifier.classes_.tolist()


def test_labels_that_no_file_holds_are_refused(digits):
    X, y = digits
    classifier = mlp(epochs=1).fit(X, y.astype(np.uint64) + 2**63)
    with pytest.raises(ExportError, match="integers or strings, got uint64 labels"):
        to_onnx(classifier)


def test_logits_on_request(raw, small_mlp, vote):
    X = raw[0].astype("float32")
    assert [output.name for output in to_onnx(small_mlp).graph.output] == [
        "label",
        "probabilities",
    ]
    (logits,) = run(to_onnx(small_mlp, logits=True), X, "logits")
    np.testing.assert_allclose(logits, small_mlp.decision_function(X), rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="logits=True needs a single network"):
        to_onnx(vote, logits=True)


def test_a_single_class(digits):
    X = digits[0].astype("float32")
    classifier = mlp(epochs=1).fit(X, np.full(len(X), 7))
    assert_same(to_onnx(classifier), classifier, X)


def test_an_empty_pipeline_may_come_first(raw):
    X, y = raw
    empty = Pipeline([("nothing", "passthrough")])
    pipeline = scaled(empty, mlp(epochs=1)).fit(X, y)
    assert_same(to_onnx(pipeline), pipeline, X.astype("float32"))


def test_channels_that_came_first_are_last_unless_asked_for():
    X = np.random.RandomState(0).uniform(0, 1, (60, 3, 8, 6)).astype("float32")
    classifier = mlp(epochs=1).fit(X, np.arange(60) % 3)
    assert_same(to_onnx(classifier), classifier, X.transpose(0, 2, 3, 1))
    assert_same(to_onnx(classifier, input_shape=(3, 8, 6)), classifier, X)


def test_pipelines_may_be_nested_and_have_empty_steps(raw):
    X, y = raw
    inner = make_pipeline(None, ImageScaler(data_range=(0, 1)), mlp(epochs=1))
    steps = [
        ("nothing", "passthrough"),
        ("scale", make_pipeline(ImageScaler(data_range=(0, 16), dtype="float64"))),
        ("inner", inner),
    ]
    pipeline = Pipeline(steps).fit(X, y)
    assert_same(to_onnx(pipeline), pipeline, X.astype("float32"))


def test_a_pipeline_fitted_on_a_data_frame(raw):
    import pandas as pd

    X, y = raw
    frame = pd.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    pipeline = scaled(mlp(epochs=1)).fit(frame, y)
    label, _ = run(to_onnx(pipeline), X.astype("float32"))
    assert label.tolist() == pipeline.predict(frame).tolist()


def test_voters_share_the_copies_of_their_images(raw):
    X, y = raw
    voters = [(str(seed), mlp(test_time_rotation=5.0, random_state=seed)) for seed in range(2)]
    pipeline = scaled(VotingClassifier(voters, voting="soft")).fit(X, y)
    model = to_onnx(pipeline)
    n_pixels = math.prod(X.shape[1:])
    assert [[*c.dims] for c in model.graph.initializer].count([n_pixels, n_pixels]) == 1
    assert_same(model, pipeline, X.astype("float32"))


def test_the_file_tells_what_it_is(small_mlp, tmp_path):
    path = tmp_path / "digits.onnx"
    path.write_text("old")
    returned = to_onnx(small_mlp, path)
    model = onnx.load(path)
    assert model == returned
    assert [*tmp_path.iterdir()] == [path]
    assert model.producer_name == "skdigits"
    assert {opset.domain for opset in model.opset_import} == {""}
    metadata = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert metadata["versions"].keys() == {"skdigits", "scikit-learn", "keras", "onnx"}
    scaler, classifier = (step for _, step in metadata["pipeline"]["params"]["steps"])
    assert scaler["params"]["data_range"] == [0, 16]
    assert classifier["class"] == "KerasMLPClassifier"
    assert classifier["params"]["hidden_layer_sizes"] == [24]


def test_the_file_names_no_folder_and_describes_keras_objects(digits, tmp_path):
    optimizer = keras.optimizers.SGD(momentum=0.75)
    classifier = mlp(
        epochs=1,
        optimizer=optimizer,
        checkpoint_dir=tmp_path,
        class_weight={np.int64(0): np.float32(2)},
    ).fit(*digits)
    (text,) = (e.value for e in to_onnx(classifier).metadata_props if e.key == "pipeline")
    assert str(tmp_path) not in text
    params = json.loads(text)["params"]
    assert params["optimizer"]["class_name"] == "SGD"
    assert params["optimizer"]["config"]["momentum"] == 0.75
    assert params["class_weight"] == {"0": 2.0}


def test_weights_are_not_copied_to_describe_the_parameters(digits):
    class Unpicklable(OwnClassifier):
        def __getstate__(self):
            raise AssertionError

    X = digits[0].astype("float32")
    classifier = Unpicklable().fit(X, digits[1])
    assert_same(to_onnx(classifier), classifier, X)


def test_what_cannot_be_exported_is_named_with_the_line_that_splits(raw, framed_mlp):
    X, y = raw
    with pytest.raises(ExportError) as caught:
        to_onnx(framed_mlp)
    assert str(caught.value) == (
        "to_onnx cannot express the step 'mnistnormalizer' (MNISTNormalizer) in ONNX. Export the "
        "steps after it with to_onnx(pipeline[1:], path), and pass what "
        "pipeline[:1].transform(X) returns to the ONNX file."
    )
    to_onnx(framed_mlp[1:])
    images = X.reshape(-1, 8, 8).astype("uint8")
    pipeline = make_pipeline(ImageScaler(data_range=(0, 16)), Deskewer(), mlp(epochs=1))
    pipeline.fit(images, y)
    with pytest.raises(ExportError, match=r"'deskewer' \(Deskewer\).*to_onnx\(pipeline\[2:\]"):
        to_onnx(pipeline)
    rest = pipeline[2:]
    prepared = pipeline[:2].transform(images).astype("float32")
    assert_same(to_onnx(rest), rest, prepared)
    with pytest.raises(ExportError, match="a step of the outermost Pipeline, fit again"):
        to_onnx(make_pipeline(pipeline))
    with pytest.raises(ExportError, match="a step of the outermost Pipeline, fit again"):
        to_onnx(VotingClassifier([("a", pipeline)], voting="soft").fit(images, y))


def test_steps_of_scikit_learn_are_left_to_skl2onnx(raw):
    X, y = raw
    pipeline = make_pipeline(StandardScaler(), mlp(epochs=1)).fit(X, y)
    with pytest.raises(ExportError, match=r"'standardscaler' \(StandardScaler\).*skl2onnx\.to_"):
        to_onnx(pipeline)
    with pytest.raises(ExportError, match=r"got LogisticRegression\. Use skl2onnx"):
        to_onnx(LogisticRegression().fit(X, y))
    search = GridSearchCV(mlp(), {"epochs": [1]}, cv=2).fit(X / 16, y)
    with pytest.raises(ExportError, match=r"got GridSearchCV\. Pass its best_estimator_"):
        to_onnx(search)
    to_onnx(search.best_estimator_)


def test_hard_votes_become_soft_without_another_fit(digits):
    X, y = digits[0].astype("float32"), digits[1]
    vote = VotingClassifier([("a", mlp(epochs=1)), ("b", cnn(epochs=1))]).fit(X, y)
    with pytest.raises(ExportError, match=r'voting=\'hard\'. Call set_params\(voting="soft"\)'):
        to_onnx(vote)
    vote.set_params(voting="soft")
    assert_same(to_onnx(vote), vote, X)


class Squared(keras.layers.Layer):
    """A layer that nobody else knows."""

    def call(self, x):
        return x * x


class OwnClassifier(BaseKerasClassifier):
    """A network of the user's own."""

    def __init__(self, *, middle=None, epochs=1, test_time_shift=0, random_state=0):
        super().__init__(epochs=epochs, test_time_shift=test_time_shift, random_state=random_state)
        self.middle = middle

    def _build_network(self, input_shape, n_classes):
        layers = [] if self.middle is None else [self.middle()]
        layers = [*layers, keras.layers.Dense(n_classes, name="logits")]
        return keras.Sequential([keras.Input(input_shape), *layers])


def test_own_networks(digits):
    X, y = digits[0].astype("float32"), digits[1]
    classifier = OwnClassifier().fit(X, y)
    assert_same(to_onnx(classifier), classifier, X)
    with pytest.raises(ExportError, match=r"network of this OwnClassifier: 'Squared' is not"):
        to_onnx(OwnClassifier(middle=Squared).fit(X, y))

    def negated():
        return keras.layers.Lambda(lambda x: -x, output_shape=X.shape[1:], name="negated")

    with pytest.raises(ExportError, match=r"The lambda in layer 'negated' is .* without that\.$"):
        to_onnx(OwnClassifier(middle=negated).fit(X, y))


def test_weights_that_were_written_are_exported(digits):
    X, y = digits[0].astype("float32"), digits[1]
    classifier = mlp(epochs=1).fit(X, y)
    classifier.model_.set_weights([-w for w in classifier.model_.get_weights()])
    assert_same(to_onnx(classifier), classifier, X)


def test_nothing_is_written_if_predictions_differ(digits, tmp_path):
    class Liar(OwnClassifier):
        def predict_proba(self, X):
            return super().predict_proba(X)[:, ::-1]

    classifier = Liar().fit(*digits)
    with pytest.raises(ExportError, match="probabilities differ from those of the Pipeline by"):
        to_onnx(classifier, tmp_path / "digits.onnx")
    assert not [*tmp_path.iterdir()]


def test_wrong_parameters(small_mlp):
    with pytest.raises(ValueError, match='must be "float32" or "uint8", got \'int8\''):
        to_onnx(small_mlp, input_dtype="int8")
    for shape in (64, "64", (8, 0), (8.0, 8), ()):
        with pytest.raises(ValueError, match="input_shape must be a sequence of positive"):
            to_onnx(small_mlp, input_shape=shape)
    with pytest.raises(
        ValueError, match=r"\(3, 3\) has 9 .* takes 64\. Pass \(64,\) or \(8, 8\)\."
    ):
        to_onnx(small_mlp, input_shape=(3, 3))
    with pytest.raises(NotFittedError):
        to_onnx(scaled(mlp()))
    with pytest.raises(TypeError, match=r"found str\. Load it first: joblib\.load\('m\.joblib'\)"):
        to_onnx("m.joblib")
    with pytest.raises(ExportError, match="got ImageScaler"):
        to_onnx(ImageScaler())


def test_paths_that_no_file_can_have(small_mlp, tmp_path):
    with pytest.raises(ValueError, match=r"there is no folder .*nowhere; create it first"):
        to_onnx(small_mlp, tmp_path / "nowhere" / "digits.onnx")
    with pytest.raises(ValueError, match=r"is a folder\. Name a file"):
        to_onnx(small_mlp, tmp_path)


@pytest.mark.parametrize("shift", [0, 1])
def test_the_output_for_outliers_is_folded_away(raw, shift):
    pipeline = scaled(cnn(outlier_label=9, test_time_shift=shift), output_shape="image").fit(*raw)
    samples = raw[0].astype("float32")
    model = to_onnx(pipeline, logits=True)
    assert_same(model, pipeline, samples)
    (logits,) = run(model, samples, "logits")
    np.testing.assert_allclose(logits, pipeline.decision_function(samples), rtol=1e-4, atol=1e-4)

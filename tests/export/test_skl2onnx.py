"""skl2onnx converts Pipelines with steps of scikit-learn and of skdigits."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import skl2onnx
from sklearn.decomposition import PCA
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import ImageScaler
from skdigits.exceptions import ExportError
from skdigits.export import register_skl2onnx_converter

from .._small import cnn, mlp

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning")

PLAIN = {"zipmap": False}


@pytest.fixture(scope="module")
def samples(raw):
    """Give samples of float32, and labels that are strings."""
    X, y = raw
    return X.astype("float32"), np.array([f"d{i}" for i in y])


@pytest.fixture(scope="module")
def reduced(samples):
    return make_pipeline(StandardScaler(), PCA(10), mlp()).fit(*samples)


def convert(model, X, options=PLAIN, **settings):
    """Convert a model and give what it predicts in ONNX Runtime."""
    converted = skl2onnx.to_onnx(model, X[:1], options=options, **settings)
    onnx.checker.check_model(converted, full_check=True)
    session = ort.InferenceSession(converted.SerializeToString())
    outputs = session.run(None, {session.get_inputs()[0].name: X})
    return [output.name for output in session.get_outputs()], outputs


def assert_same(model, X, **settings):
    names, (label, probabilities) = convert(model, X, **settings)
    assert names == ["label", "probabilities"]
    assert label.tolist() == model.predict(X).tolist()
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("target_opset", [None, 18])
def test_steps_of_scikit_learn_before_a_network(target_opset, reduced, samples):
    assert_same(reduced, samples[0], target_opset=target_opset)


def test_operators_may_be_too_old(reduced, samples):
    with pytest.raises(ExportError, match=r"version 18 or later, got target_opset=17\. Pass"):
        convert(reduced, samples[0], target_opset=17)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64"])
@pytest.mark.parametrize("shape", [(64,), (8, 8)])
@pytest.mark.parametrize("scaling", [{}, {"output_shape": "image", "dtype": "float16"}])
def test_image_scaler_and_test_time_copies(dtype, shape, scaling, raw):
    X, y = raw
    scaler = ImageScaler(data_range=(0, 16), **scaling)
    pipeline = make_pipeline(scaler, cnn(epochs=1, test_time_shift=1, test_time_rotation=5.0))
    pipeline.fit(X.reshape(-1, *shape), y)
    assert_same(pipeline, X.reshape(-1, *shape).astype(dtype))


def test_scaler_alone(raw):
    X = raw[0].astype("float32")
    scaler = ImageScaler(data_range=(0, 16), output_shape="image", dtype="float64").fit(X)
    _, (scaled,) = convert(scaler, X, options=None)
    np.testing.assert_array_equal(scaled, scaler.transform(X))
    assert scaled.dtype == np.float64


def test_votes_stacks_and_searches(samples):
    X, y = samples
    members = [("mlp", make_pipeline(ImageScaler(), mlp())), ("lr", LogisticRegression())]
    # With flatten_transform, the default, skl2onnx has no converter of a soft vote.
    vote = VotingClassifier(members, voting="soft", flatten_transform=False)
    for model in (
        vote,
        StackingClassifier(members, cv=2, final_estimator=LogisticRegression()),
        GridSearchCV(mlp(), {"epochs": [1]}, cv=2),
    ):
        assert_same(model.fit(X, y), X)


def test_options_of_classifiers(reduced, samples):
    X, _ = samples
    step = id(reduced[-1])
    _, (_, logits) = convert(reduced, X, {step: PLAIN | {"raw_scores": True}})
    np.testing.assert_allclose(logits, reduced.decision_function(X), rtol=1e-5, atol=1e-5)
    _, (codes, _) = convert(reduced, X, {step: PLAIN | {"nocl": True}})
    assert reduced.classes_[codes].tolist() == reduced.predict(X).tolist()
    names, outputs = convert(reduced, X, {step: PLAIN | {"output_class_labels": True}})
    assert names[-1] == "class_labels"
    assert outputs[-1].tolist() == reduced.classes_.tolist()
    _, (_, by_label) = convert(reduced, X[:1], None)
    expected = reduced.predict_proba(X[:1])[0]
    assert by_label[0] == pytest.approx(
        dict(zip(reduced.classes_, expected, strict=True)), abs=1e-5
    )


def test_own_classes_are_registered_by_hand(samples):
    class MyClassifier(type(mlp())):
        pass

    model = make_pipeline(StandardScaler(), MyClassifier(epochs=1)).fit(*samples)
    with pytest.raises(RuntimeError, match="MyClassifier"):
        convert(model, samples[0])
    register_skl2onnx_converter(MyClassifier)
    assert_same(model, samples[0])
    with pytest.raises(TypeError, match="Expected a subclass of BaseKerasClassifier, got"):
        register_skl2onnx_converter(LogisticRegression)
    with pytest.raises(TypeError, match="Pass the class itself"):
        register_skl2onnx_converter(mlp())


ORDERS = {
    "skl2onnx last": "import skdigits, skl2onnx",
    "skl2onnx first": "import skl2onnx, skdigits",
    "a part of it": "import skdigits\nfrom skl2onnx.common.data_types import FloatTensorType",
    "looked for before": "import skdigits, importlib.util\n"
    "assert importlib.util.find_spec('skl2onnx')\nimport skl2onnx",
}


@pytest.mark.parametrize("order", ORDERS)
def test_any_order_of_imports_registers(order, run_python):
    program = f"""
import sys
{ORDERS[order]}
from skl2onnx._supported_operators import sklearn_operator_name_map
names = {{"ImageScaler", "KerasMLPClassifier", "KerasCNNClassifier"}}
assert names <= {{kind.__name__ for kind in sklearn_operator_name_map}}
assert not {{"keras", "tensorflow"}} & set(sys.modules)
finders = [type(finder).__module__ for finder in sys.meta_path]
assert not any(module.startswith("skdigits") for module in finders)
print(sys.modules["skl2onnx"].__spec__.loader.get_filename())
"""
    assert run_python("-c", program).endswith("__init__.py")


@pytest.mark.parametrize("imports", ["import skdigits, skl2onnx", "import skl2onnx, skdigits"])
def test_skl2onnx_can_be_imported_where_nothing_can_be_registered(imports, run_python):
    program = f"""
import sys, warnings
sys.modules["skdigits.export._samples"] = None
with warnings.catch_warnings(record=True) as caught:
    {imports}
print([str(each.message) for each in caught if each.category is UserWarning])
print(skl2onnx.__name__)
"""
    warned, name = run_python("-c", program).splitlines()[-2:]
    assert "skl2onnx cannot convert the estimators of skdigits" in warned
    assert "ModuleNotFoundError" in warned
    assert name == "skl2onnx"


def test_another_finder_may_lack_find_spec(run_python):
    program = """
import sys, skdigits
class OldFinder:
    def find_module(self, fullname, path):
        return None
sys.meta_path.insert(1, OldFinder())
import skl2onnx
print(skl2onnx.__name__)
"""
    assert run_python("-c", program) == "skl2onnx"


def test_files_of_skl2onnx_can_be_read_before_it_is_loaded(run_python):
    program = """
import skdigits, importlib.util, pkgutil
print(importlib.util.find_spec("skl2onnx").loader.get_filename())
assert pkgutil.get_data("skl2onnx", "__init__.py")
"""
    assert run_python("-c", program).endswith("__init__.py")


def test_skdigits_alone_loads_no_skl2onnx(run_python):
    program = "import skdigits.export, sys; print({'skl2onnx', 'keras'} & set(sys.modules))"
    assert run_python("-c", program) == "set()"


def test_without_skl2onnx_its_extra_is_named(run_python):
    program = """
import sys
sys.modules["skl2onnx"] = None
from skdigits import KerasMLPClassifier
from skdigits.export import register_skl2onnx_converter
try:
    register_skl2onnx_converter(KerasMLPClassifier)
except ImportError as error:
    print(error)
"""
    assert 'pip install "skdigits[skl2onnx]"' in run_python("-c", program)


@pytest.mark.parametrize("raw_scores", [False, True])
def test_the_output_for_outliers_is_folded_away(samples, raw_scores):
    X, y = samples
    model = make_pipeline(StandardScaler(), mlp(outlier_label="d9")).fit(X, y)
    _, (label, scores) = convert(model, X, {id(model[-1]): PLAIN | {"raw_scores": raw_scores}})
    expected = model.decision_function(X) if raw_scores else model.predict_proba(X)
    assert label.tolist() == model.predict(X).tolist()
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)

"""``skdigits export`` converts saved models and says what the file takes."""

import joblib
import numpy as np
import onnxruntime as ort
import pytest

from skdigits import save_model
from skdigits.cli import main


def test_a_model_of_either_kind_is_converted(framed_mlp, tmp_path, capsys):
    model = framed_mlp[1:]
    save_model(model, tmp_path / "model.skdigits")
    joblib.dump(model, tmp_path / "model.joblib")
    images = np.random.RandomState(0).uniform(0, 255, (20, 28, 28)).astype("float32")
    for name in ("model.skdigits", "model.joblib"):
        target = tmp_path / f"{name}.onnx"
        assert main(["export", str(tmp_path / name), "--output", str(target)]) == 0
        assert capsys.readouterr().out == (
            f"{target}: X float32 [N, 28, 28] -> label int64 [N], probabilities float32 [N, 10]\n"
        )
        label, _ = ort.InferenceSession(str(target)).run(None, {"X": images})
        assert label.tolist() == model.predict(images).tolist()


def test_tensorflow_is_not_loaded(framed_mlp, tmp_path, run_python):
    save_model(framed_mlp[1:], tmp_path / "model.skdigits")
    arguments = ["export", str(tmp_path / "model.skdigits"), "--output", str(tmp_path / "m.onnx")]
    program = f"""
import sys
from skdigits.cli import main
status = main({arguments!r})
assert not {{"keras", "tensorflow"}} & set(sys.modules)
sys.exit(status)
"""
    assert "probabilities" in run_python("-c", program)


def test_what_cannot_be_exported_is_an_error(framed_mlp, tmp_path, capsys):
    joblib.dump(framed_mlp, tmp_path / "model.joblib")
    target = tmp_path / "digits.onnx"
    assert main(["export", str(tmp_path / "model.joblib"), "--output", str(target)]) == 1
    assert "(MNISTNormalizer) in ONNX. Export the steps after it" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.joblib", "--output", "digits.onnx"], "there is no file missing.joblib"),
        ([__file__, "--output", "nowhere/digits.onnx"], "there is no folder nowhere"),
        ([__file__, "--output", "."], "--output . is a folder. Name a file in it."),
    ],
)
def test_paths_that_no_file_can_have(words, message, capsys):
    assert main(["export", *words]) == 1
    assert message in capsys.readouterr().err


def test_output_is_required(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["export", "model.joblib"])
    assert "--output" in capsys.readouterr().err

"""The command answers mistakes with what to type."""

import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError

import skdigits as package
from skdigits.cli import main
from skdigits.comparison._workers import worker_died

NAMES = {
    ("compare", "--models", "knn,keras-cn"): "keras-cnn",
    ("train", "mlm-cn"): "levelup-mlp",
    ("comprae",): "compare",
}


@pytest.mark.parametrize("words", NAMES, ids=lambda words: words[0])
def test_a_mistyped_name_lists_the_valid_ones_and_exits_2(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    assert stop.value.code == 2
    assert NAMES[words] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "--folds", "1"], "at least 2, found '1'"),
        (["compare", "--train-size", "many"], "found 'many'"),
        (["compare", "--train-size", "500", "--full"], "not allowed with"),
        (["compare", "--models", "knn,knn"], "no name twice; got ['knn', 'knn']"),
        (["compare", "--output", "/proc/nowhere"], "choose another one"),
        (["compare", "--train-siz", "x"], "found 'x'"),
    ],
)
def test_a_bad_option_exits_2_and_says_what_is_expected(words, said, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["lightgbm", "xgboost"])
def test_a_model_whose_library_is_missing_exits_2_and_says_what_to_install(
    name, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit) as stop:
        main(["compare", "--models", f"knn,{name}"])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert f"needs {name}, which is not installed" in said
    assert 'pip install "skdigits[boosting]"' in said


def test_a_cluster_without_its_library_exits_2_and_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit) as stop:
        main(["compare", "--dask", "tcp://host:8786"])
    assert stop.value.code == 2
    assert 'pip install "skdigits[dask]"' in capsys.readouterr().err


def test_the_version_is_the_package_s(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert package.__version__ in capsys.readouterr().out


def test_ctrl_c_ends_without_a_traceback(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("skdigits.recipes.recipe_names", interrupt)
    assert main(["recipes"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize("kind", [TerminatedWorkerError, BrokenProcessPool])
def test_a_worker_that_died_is_said_in_one_line(kind, monkeypatch, capsys):
    def fail():
        raise kind("a process was terminated abruptly\nwhile it was running")

    monkeypatch.setattr("skdigits.recipes.recipe_names", fail)
    assert main(["recipes"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"skdigits: a worker process died ({kind.__name__})")
    assert "use fewer processes" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (worker_died("searched knn"), "A worker process died while it searched knn, "),
        (MemoryError("8 GiB"), "memory ran out (8 GiB). "),
        (MemoryError(), "memory ran out. "),
    ],
)
def test_want_of_memory_is_said_in_one_line(error, said, monkeypatch, capsys):
    def fail():
        raise error

    monkeypatch.setattr("skdigits.recipes.recipe_names", fail)
    assert main(["recipes"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith(f"skdigits: {said}")
    assert shown.count("\n") == 1


def test_a_reader_who_stops_ends_it_without_a_traceback():
    command = f"{sys.executable} -m skdigits recipes --names | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout in ("0\n", "1\n")


def test_recipes_are_listed_with_their_errors(capsys):
    assert main(["recipes"]) == 0
    shown = capsys.readouterr().out
    assert "mlm-mlp" in shown
    assert "1.91%" in shown

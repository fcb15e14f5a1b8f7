"""The pieces of the speed comparison that need no peer: works, rounds, ratios, results, tables."""

from __future__ import annotations

import csv
import importlib
import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import zscore

from skdigits import describe_recipe, load_mnist, make_recipe, recipe_names

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture(scope="module", autouse=True)
def _importable():
    # pytest's monkeypatch would undo this after a single test. Child processes get it too.
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def load(name):
    return importlib.import_module(f"peers.{name}")


def entry(quick=False, **sides):
    cases = {"": {name: {"rounds": [{"seconds": s} for s in v]} for name, v in sides.items()}}
    return {"title": "a title", "run": {"quick": quick}, "cases": cases}


# Works


def test_works_are_those_of_the_readme():
    works = load("_works")
    names = set(works.list_works(works.FULL_SIZES))
    assert names == set(works.list_works(works.QUICK_SIZES))
    assert {name for name in names if name.startswith("epoch-")} == {
        f"epoch-{recipe}" for recipe in works.PUBLISHED
    }
    text = (FOLDER / "README.md").read_text("utf-8")
    for name in names:
        assert f"`{name}`" in text or name.startswith(("epoch-", "training-")), name


def test_every_side_and_task_has_a_module():
    works = load("_works")
    for work in works.list_works(works.FULL_SIZES).values():
        for case in work.cases:
            assert case.sides[0].name == "skdigits"
            assert (FOLDER / "peers" / f"_{case.task}.py").exists()
            for side in case.sides:
                assert (FOLDER / "peers" / f"{side.module}.py").exists()


def test_prediction_works_have_modules_and_stand_in_the_readme():
    prediction = load("_prediction_works")
    text = (FOLDER / "README.md").read_text("utf-8")
    works = prediction.list_prediction_works(prediction.FULL, before="a folder")
    assert set(works) == set(prediction.list_prediction_works(prediction.QUICK, "a folder"))
    for work in works.values():
        assert f"`{work.name}`" in text
        for case in work.cases:
            assert (FOLDER / "peers" / f"_{case.task}.py").exists()
            for side in case.sides:
                assert (FOLDER / "peers" / f"{side.module}.py").exists()


def test_the_other_checkout_does_the_same_as_ours():
    prediction = load("_prediction_works")
    alone = prediction.list_prediction_works(prediction.FULL)
    both = prediction.list_prediction_works(prediction.FULL, before="a folder")
    assert set(both) - set(alone) == {"agreement"}
    for name in alone:
        for case in both[name].cases:
            ours, before, *_ = case.sides
            assert before == replace(ours, name="before", checkout="a folder")


def test_every_target_has_its_work_and_sides():
    prediction, targets = load("_prediction_works"), load("_targets")
    works = prediction.list_prediction_works(prediction.FULL, before="a folder")
    for target in targets.TARGETS:
        cases = works[target.work].cases
        assert set(target.cases or ()) <= {case.label for case in cases}
        sides = {side.name for case in cases for side in case.sides}
        assert target.ours in sides
        if target.work != "one-image":  # whose others run in the process of ours
            assert target.against in sides | {""}


def test_keras_gets_very_many_pictures_only_if_asked():
    works = load("_works")
    asked = replace(works.FULL_SIZES, keras_rows_at_most=600_000)
    for sizes, expected in ((works.FULL_SIZES, 1), (asked, 2)):
        cases = works.list_works(sizes)["grow-n"].cases
        assert {len(c.sides) for c in cases if c.options["rows"] == 600_000} == {expected}


# Architecture


def test_a_sooner_training_has_the_network_of_its_recipe():
    works, sooner = load("_works"), load("skdigits_recipe")
    assert set(sooner.SOONER) == set(works.PUBLISHED)
    for name in works.PUBLISHED:
        changed = sooner.sooner(name).get_params()
        published = make_recipe(name)[-1].get_params()
        differing = {key for key in changed if changed[key] != published[key]}
        assert differing - {"optimizer", "batch_size"} == {
            "epochs",
            "learning_rate",
            "learning_rate_schedule",
        }
        assert changed["epochs"] < published["epochs"]


@pytest.mark.parametrize("name", [name for name in recipe_names() if describe_recipe(name).source])
def test_architecture_gives_the_recipe_back(name):
    architecture = load("_architecture").recipe_architecture(name)
    made = load("skdigits").classifier(architecture, epochs=2)
    again = load("_architecture").read_architecture(made.get_params(), architecture.feature_range)
    assert again == architecture
    assert type(made) is type(make_recipe(name)[-1])


def test_products_of_a_cnn():
    products = load("_products")
    layers = products.list_products(load("_architecture").recipe_architecture("mlm-cnn-large"))
    assert layers == [
        products.Convolution(28, 1, 5, 30),
        products.Convolution(12, 30, 3, 15),
        products.Product(375, 128),
        products.Product(128, 50),
        products.Product(50, 10),
    ]


def test_products_and_weights_of_stacked_convolutions():
    products, architecture = load("_products"), load("_architecture")
    found = architecture.recipe_architecture("best-cnn")
    assert found == architecture.recipe_architecture("best-ensemble")
    assert [layer for layer in products.list_products(found) if hasattr(layer, "kernel")] == [
        products.Convolution(28, 1, 5, 24),
        products.Convolution(12, 24, 3, 48),
        products.Convolution(10, 48, 3, 48),
    ]
    network = load("_keras_network").build_network(found)
    ours = load("skdigits").classifier(found, epochs=1)
    assert ours.batch_normalization
    assert network.count_params() == describe_recipe("best-cnn").measurement.n_parameters


# Rounds


class FakeProcess:
    """Stands for a side's process, and writes down when it is asked."""

    asked: list[str]

    def __init__(self, case, side):
        self.name, self.note = side.name, "a note"
        self.n_measured = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.asked.append(f"end {self.name}")

    def measure(self, *, first=False):
        self.asked.append(self.name)
        self.n_measured += 1
        if self.name == "broken" and self.n_measured == 3:
            raise load("_failures").SideFailedError("out of memory")
        return {"seconds": float(self.n_measured)}


@pytest.fixture
def measure_fake(monkeypatch):
    rounds, work = load("_rounds"), load("_work")
    FakeProcess.asked = []
    monkeypatch.setattr(rounds, "SideProcess", FakeProcess)
    monkeypatch.setattr(rounds, "wait_until_quiet", lambda patience: 1.0)

    def measure(*names, repeats, **options):
        case = work.Case("", "epochs", {}, work.sides_named(*names), **options)
        return rounds.measure_case(case, repeats, say=lambda line: None)

    return measure


def test_sides_take_turns_after_a_first_call(measure_fake):
    entries = measure_fake("a", "b", repeats=2)
    assert FakeProcess.asked == ["a", "b", "a", "b", "a", "b", "end b", "end a"]
    assert entries["a"] == {
        "note": "a note",
        "first": {"seconds": 1.0},
        "rounds": [{"seconds": 2.0}, {"seconds": 3.0}],
        "busy": [1.0, 1.0],
    }


def test_fresh_case_has_a_process_a_timing_and_no_first_call(measure_fake):
    entries = measure_fake("a", "b", repeats=5, fresh=True, at_most=2)
    assert FakeProcess.asked == ["a", "end a", "b", "end b"] * 2
    assert entries["b"]["rounds"] == [{"seconds": 1.0}] * 2
    assert "first" not in entries["b"]


def test_side_that_fails_is_left_out_and_the_others_go_on(measure_fake):
    entries = measure_fake("a", "broken", "c", repeats=3)
    assert entries["broken"] == {"failed": "out of memory"}
    assert len(entries["a"]["rounds"]) == len(entries["c"]["rounds"]) == 3
    assert FakeProcess.asked.count("broken") == 3


def test_side_in_a_real_process():
    rounds, work, works = load("_rounds"), load("_work"), load("_works")
    options = {
        "architecture": load("_architecture").Architecture(hidden=(8,)),
        "rows": 200,
        "epochs": 1,
    }
    cnn = replace(options["architecture"], filters=(2,), kernel_sizes=(3,))
    sides = (works.SKLEARN, work.Side("refuses", "sklearn", {"architecture": cnn}))
    said = []
    case = work.Case("", "epochs", options, sides)
    entries = rounds.measure_case(case, 1, said.append, patience=0.0)
    assert entries["sklearn"]["note"] == "MLPClassifier, adam"
    assert entries["sklearn"]["rounds"][0]["seconds"] > 0
    assert "convolutions" in entries["refuses"]["failed"]
    assert len(said) == 3


def test_side_imports_from_its_checkout(tmp_path):
    package = tmp_path / "skdigits"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('the other checkout')")
    work, failures = load("_work"), load("_failures")
    case, path = (
        work.Case("", "commands", {"architecture": None, "command": "predict"}, ()),
        sys.path[:],
    )
    side = work.Side("before", "skdigits_command", checkout=str(tmp_path))
    with pytest.raises(failures.SideFailedError, match="the other checkout"):
        load("_process").SideProcess(case, side)
    assert sys.path == path


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_new_process_reports_its_answer_and_its_own_memory():
    start_process = load("_new_process").start_process
    with start_process(
        "-c", "import skdigits, sys; print(skdigits.__file__); sys.stdin.read()"
    ) as new:
        assert Path(new.read_line()) == Path(importlib.import_module("skdigits").__file__)
        assert new.seconds() > 0
        memory = new.memory()
        new.end()
    assert 1 < memory["MB at its peak"] < 100  # this process, which started it, has more
    with (
        pytest.raises(RuntimeError, match="exit code 1: ZeroDivisionError"),
        start_process("-c", "1 / 0") as new,
    ):
        new.read_line()


def test_what_is_timed_in_turn_becomes_sides():
    alternating = load("_alternating")
    called = []
    measured = alternating.time_in_turn(
        lambda: called.append("ours"), {"a peer": lambda: called.append("peer")}, 2
    )
    assert called == ["ours", "peer"] * 2
    assert set(measured) == {"seconds", "a peer: seconds"}
    rounds = [{"seconds": 1.0, "a peer: seconds": 3.0}]
    split = alternating.split_sides(
        {
            "skdigits": {"note": "", "rounds": rounds, "busy": [0.0]},
            "before": {"failed": "a reason"},
        }
    )
    assert list(split) == ["skdigits", "before", "a peer"]
    assert split["skdigits"]["rounds"] == [{"seconds": 1.0}]
    assert split["a peer"]["rounds"] == [{"seconds": 3.0}]


# Ratios


def test_ratio_is_the_median_over_the_rounds():
    ratio = load("_ratios").ratio
    # The machine was slow in the second round, for both; the medians alone would give 2.
    assert ratio([3.0, 40.0, 4.0], [1.0, 10.0, 2.0]) == (3.0, 2.0, 4.0)


def test_ratio_needs_the_same_rounds():
    with pytest.raises(ValueError, match="zip"):
        load("_ratios").ratio([1.0, 2.0], [1.0])


# Results


def test_results_are_merged_in_the_order_of_the_works(tmp_path):
    results = importlib.import_module("result_files")
    path = tmp_path / "new" / "speed.json"
    assert results.read_results(path) == {}
    for name, time in (("b", 1.0), ("a", 2.0), ("b", 3.0)):
        results.store_result(path, name, entry(ours=[time]), order=["a", "b"])
    assert results.read_results(path) == {"a": entry(ours=[2.0]), "b": entry(ours=[3.0])}
    assert list(results.read_results(path)) == ["a", "b"]
    assert [file.name for file in path.parent.iterdir()] == ["speed.json"]


def test_failed_write_leaves_the_old_file(tmp_path):
    results, path = importlib.import_module("result_files"), tmp_path / "speed.json"
    results.store_result(path, "a", entry(ours=[1.0]), order=["a"])
    with pytest.raises(TypeError):
        results.store_result(path, "a", {"cases": object()}, order=["a"])
    assert results.read_results(path) == {"a": entry(ours=[1.0])}


@pytest.mark.parametrize("content", ["", '{"a": {"cas', "[]", '{"a": 1}'])
def test_results_that_cannot_be_read_are_an_error_and_stay(tmp_path, content, monkeypatch):
    results, path = importlib.import_module("result_files"), tmp_path / "speed.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"speed\.json should hold .*delete it to measure all"):
        results.store_result(path, "a", entry(ours=[1.0]), order=["a"])
    recipes = importlib.import_module("measure_recipes")
    monkeypatch.setattr(sys, "argv", ["measure_recipes.py", "--output", str(path)])
    with pytest.raises(ValueError, match=r"speed\.json should hold .*delete it to measure all"):
        recipes.main()
    assert path.read_text() == content


def test_measurements_are_on_the_disk_before_the_old_ones_go(tmp_path, monkeypatch):
    results, path, synced = importlib.import_module("result_files"), tmp_path / "speed.json", []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(path.exists()))
    results.write_results(path, {"a": entry(ours=[1.0])})
    assert synced == [False, True]


def test_quick_results_are_known_as_such():
    has_quick_results = importlib.import_module("result_files").has_quick_results
    assert has_quick_results({"a": entry(), "b": entry(quick=True)})
    assert not has_quick_results({"a": entry()})


# Tables


@pytest.fixture
def measured():
    found = entry(skdigits=[0.05, 0.06, 0.04], keras=[0.5, 0.9, 0.4], floor=[0.02, 0.03, 0.01])
    found["cases"][""]["keras"] |= {"first": {"seconds": 2.0}, "note": "x", "busy": [0, 50.0, 0]}
    found["cases"][""]["torch"] = {"failed": "ImportError: no torch"}
    memory = {"skdigits": {"rounds": [{"MB grown": 0.0}]}, "keras": {"rounds": [{"MB grown": 9}]}}
    return {
        "epoch-a": found,
        "memory-b": {"title": "t", "run": {"quick": False}, "cases": {"MLP": memory}},
    }


def test_rows(measured):
    rows = {(row.work, row.side): row for row in load("_tables").make_rows(measured)}
    keras = rows["epoch-a", "keras"]
    assert (keras.first, keras.median, keras.range) == ("2 s", "0.5 s", "0.4 s to 0.9 s")
    assert (keras.times_ours, keras.times_ours_range) == ("10.00", "10.00 to 15.00")
    assert (keras.times_floor, keras.rounds) == ("30.00", "3")
    assert keras.note == "x; machine up to 50% busy before a round"
    assert rows["epoch-a", "skdigits"].median == "50 ms"
    assert rows["epoch-a", "torch"].note == "left out: ImportError: no torch"
    grown = rows["memory-b", "keras"]
    assert (grown.case, grown.median, grown.times_ours) == ("MLP", "9.0 MB", "")


def test_case_without_ours_has_no_ratio(measured):
    measured["epoch-a"]["cases"][""]["skdigits"] = {"failed": "killed"}
    rows = {row.side: row for row in load("_tables").make_rows({"epoch-a": measured["epoch-a"]})}
    assert rows["keras"].times_ours == ""
    assert rows["keras"].times_floor == "30.00"


def test_csv_files(measured, tmp_path):
    tables = load("_tables")
    paths = tables.write_csv_files(measured, tmp_path / "speed.json")
    assert [path.name for path in paths] == ["speed_epoch.csv", "speed_memory.csv"]
    with paths[0].open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(tables.SHORT_HEADINGS)
    assert [row[header.index("implementation")] for row in rows] == ["skdigits", "keras", "floor"]


def test_run_is_written_once_for_all_works(measured, tmp_path):
    run = {"machine": "2 cores", "system": "Linux", "versions": {"numpy": "2"}}
    for i, entry in enumerate(measured.values()):
        entry["run"] = run | {"date": f"2026-01-0{i + 1}"}
    written = load("_tables").write_run(measured, tmp_path / "speed.json")
    assert written.read_text("utf-8") == (
        "Measured on 2026-01-01 and 2026-01-02: 2 cores, Linux; numpy 2.\n"
    )


def test_targets_are_checked_by_the_ratios_of_the_rounds():
    found = entry(skdigits=[1.0, 10.0], before=[4.0, 30.0], sklearn=[0.9, 9.0])
    rows = load("_targets").check_targets({"new-process": found})
    assert [row[2:] for row in rows] == [
        ("before", "at least 3.50x", "3.50x", "3.00x to 4.00x", "yes"),
        ("sklearn", "at most 0.3 more", "0.55", "0.10 to 1.00", "no"),
    ]


def test_table_leaves_out_empty_columns(measured):
    tables = load("_tables")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(tables.make_table(tables.make_rows({"epoch-a": measured["epoch-a"]}), "Title"))
    text = console.export_text()
    assert "Title" in text
    assert "times floor" in text
    assert "left out" in text
    assert "case" not in text


def test_whole_stretches_of_the_training_images_are_held_out():
    X, y = load_mnist(subset="train", return_X_y=True)
    X_train, held, y_train, y_held = importlib.import_module("try_classifier").split("writers")
    assert len(X_train) == len(y_train) == 50_000
    stretches = (X / np.float32(255)).reshape(30, 2_000, 784)
    which = [
        next(i for i in range(30) if (stretches[i] == s).all())
        for s in held.reshape(5, 2_000, 784)
    ]
    np.testing.assert_array_equal(y_held, y.reshape(30, 2_000)[which].ravel())


def test_training_images_two_apart_are_alike_and_neighbours_are_not():
    X, y = load_mnist(subset="train", return_X_y=True)
    ink = X.sum(axis=1, dtype=np.float64)
    for digit in range(10):
        ink[y == digit] = zscore(ink[y == digit])
    near, far, other = (np.mean(ink[:-lag] * ink[lag:]) for lag in (2, 2_000, 1))
    assert near > 0.25
    assert far < 0.1
    assert abs(other) < 0.1

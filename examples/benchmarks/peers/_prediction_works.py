"""The works of measure_prediction.py, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skdigits import describe_recipe, make_recipe, recipe_names

from ._architecture import recipe_architecture
from ._work import Case, Side, Work, sides_named
from ._works import FULL_SIZES, QUICK_SIZES, Sizes, list_works

OURS, BEFORE = "skdigits", "before"
PUBLISHED = [name for name in recipe_names() if describe_recipe(name).source]
_COMMAND = Side(OURS, "skdigits_command")
#: Four networks that predict 15 copies of an image each: alone as slow as all other recipes.
_SLOWEST = "best-ensemble"


@dataclass(frozen=True)
class PredictionSizes:
    """How much of everything.

    Parameters
    ----------
    shared : Sizes
        Sizes of the works that compare_with_peers.py has too.
    recipes : tuple of str
        Recipes whose predictions are timed and compared.
    loaded : tuple of str
        Recipes that a new process loads.
    large : tuple of str
        Recipes that predict very many images.
    calls : int
        Calls of one image.
    fit_rows : int
        Images on which they are trained.
    agreement_rows, agreement_epochs : int
        The training of the models whose old and new predictions are compared.
    """

    shared: Sizes = FULL_SIZES
    recipes: tuple[str, ...] = tuple(recipe_names())
    loaded: tuple[str, ...] = ("levelup-mlp", "better-cnn")
    large: tuple[str, ...] = ("levelup-mlp", "mlm-mlp", "mlm-cnn")
    calls: int = 2_000
    fit_rows: int = 2_000
    agreement_rows: int = 20_000
    agreement_epochs: int = 3


FULL = PredictionSizes()
QUICK = PredictionSizes(
    shared=QUICK_SIZES,
    recipes=("fast-cnn",),
    loaded=("levelup-mlp",),
    large=("levelup-mlp",),
    calls=50,
    fit_rows=500,
    agreement_rows=1_000,
    agreement_epochs=1,
)


def list_prediction_works(sizes: PredictionSizes, before: str = "") -> dict[str, Work]:
    """Make all works, in the order of the table.

    Parameters
    ----------
    sizes : PredictionSizes
        How much to measure.
    before : str, default=""
        Folder of another checkout, which is measured beside this one in every case; "" for none.
    """
    shared = list_works(sizes.shared)
    works = [
        _new_process(sizes),
        _command("predict", "skdigits predict ONE.png"),
        _command("demo", "skdigits demo until it answers"),
        _one_image(sizes),
        _one_row(sizes),
        _predict_many(sizes),
        _search(shared["search-18"]),
        _memory(sizes, shared["memory-million-rows"]),
    ]
    if before:
        works = [_with_before(work, before) for work in works]
        works.append(_agreement(sizes, before))
    return {work.name: work for work in works}


def _with_before(work: Work, checkout: str) -> Work:
    """Add to each case what our first side does in another checkout."""
    cases = [
        replace(case, sides=(ours, replace(ours, name=BEFORE, checkout=checkout), *others))
        for case in work.cases
        for ours, *others in [case.sides]
    ]
    return replace(work, cases=tuple(cases))


def _new_process(sizes: PredictionSizes) -> Work:
    cases = [
        Case(
            recipe,
            "first_label",
            {"architecture": recipe_architecture(recipe), "fit_rows": sizes.fit_rows},
            (Side(OURS, "skdigits_pipeline"), Side("sklearn", "sklearn_pipeline")),
        )
        for recipe in sizes.loaded
    ]
    options = {"architecture": None, "fit_rows": 1}
    cases.append(Case("load_pretrained", "first_label", options, (_COMMAND,)))
    title = "new process: import, load a model and classify one image"
    return Work("new-process", title, tuple(cases))


def _command(name: str, title: str) -> Work:
    options = {"architecture": None, "command": name}
    return Work(f"command-{name}", title, (Case("", "commands", options, (_COMMAND,)),))


def _one_image(sizes: PredictionSizes) -> Work:
    options = {"fit_rows": sizes.fit_rows, "calls": sizes.calls}
    cases = [
        Case(
            recipe,
            "one_image",
            {"architecture": recipe} | options,
            (Side(OURS, "skdigits_short_recipe"),),
        )
        for recipe in sizes.recipes
        if recipe != _SLOWEST
    ]
    title = f"one uint8 image through a Pipeline, median of {sizes.calls:,} calls"
    return Work("one-image", title, tuple(cases))


def _one_row(sizes: PredictionSizes) -> Work:
    options = {"fit_rows": sizes.fit_rows, "rows": 1, "calls": sizes.calls, "method": "predict"}
    sides = sides_named(OURS, "skorch")
    cases = [
        Case(label, "prediction", {"architecture": architecture} | options, sides)
        for label, architecture in _networks(sizes)
    ]
    title = f"one scaled image by the classifier alone, median of {sizes.calls:,} calls"
    return Work("one-row", title, tuple(cases))


def _predict_many(sizes: PredictionSizes) -> Work:
    rows = sizes.shared.many_rows
    options = {
        "fit_rows": sizes.fit_rows,
        "rows": rows,
        "calls": 3,
        "method": "predict_proba",
    }
    cases = []
    for label, architecture in _networks(sizes):
        # Neither dropout nor normalisation, of which it has none, changes its time much.
        like = replace(architecture, dropout=0.0, batch_normalization=False)
        sklearn = () if like.filters else (Side("sklearn", "sklearn", {"architecture": like}),)
        sides = (
            *sides_named(OURS, "torch-best-batches", "skorch-large-batches"),
            *sides_named("keras-large-batches"),
            *sklearn,
        )
        network = {"architecture": architecture}
        cases.append(Case(label, "prediction", network | options, sides))
    title = f"predict_proba of {rows:,} images, without copies at test time"
    return Work("predict-10000", title, tuple(cases))


def _networks(sizes: PredictionSizes) -> list[tuple[str, object]]:
    """Name each network among the recipes; an ensemble has the one of another recipe."""
    return [
        (recipe, recipe_architecture(recipe))
        for recipe in sizes.recipes
        if not hasattr(make_recipe(recipe)[-1], "estimators")
    ]


def _search(work: Work) -> Work:
    """Keep the sides that the target names."""
    (case,) = work.cases
    kept = tuple(side for side in case.sides if side.name in (OURS, "skorch"))
    return replace(work, cases=(replace(case, sides=kept),))


def _memory(sizes: PredictionSizes, work: Work) -> Work:
    """Compare the ways through a Pipeline."""
    sides = (Side(OURS, "skdigits_pipeline"), Side("skdigits in batches", "skdigits_batches"))
    cases = [replace(case, sides=sides) for case in work.cases if case.label in sizes.large]
    return replace(work, cases=tuple(cases))


def _agreement(sizes: PredictionSizes, before: str) -> Work:
    options = {
        "before": before,
        "rows": sizes.agreement_rows,
        "epochs": sizes.agreement_epochs,
    }
    cases = [
        Case(
            recipe,
            "agreement",
            {"architecture": recipe} | options,
            (Side(OURS, "skdigits_short_recipe"),),
            fresh=True,
            at_most=1,
        )
        for recipe in sizes.recipes
    ]
    title = "a model of before predicts 10,000 test images as before"
    return Work("agreement", title, tuple(cases))

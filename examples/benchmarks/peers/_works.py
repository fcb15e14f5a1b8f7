"""The works, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from skdigits import describe_recipe, make_recipe, recipe_names

from ._architecture import Architecture, recipe_architecture
from ._work import Case, Side, Work, sides_named

OURS_ON_RAW_PICTURES = Side("skdigits", "skdigits_pipeline")
OURS_WITHOUT_SCALER = Side("skdigits", "skdigits_uint8")
OURS_IN_A_PIPELINE = Side("skdigits after ImageScaler", "skdigits_pipeline")
TRAINERS = sides_named("skdigits", "keras", "keras-continued", "skorch", "torch")
WRAPPERS = sides_named("scikeras", "keras-wrappers")
PREDICTORS = sides_named("keras", "scikeras", "keras-wrappers", "skorch", "torch")
SKLEARN, FLOOR, BARE, LARGE_BATCHES = sides_named(
    "sklearn", "floor", "bare", "keras-large-batches"
)
NETWORKS = {"mlp": ("levelup-mlp", "mlm-mlp"), "cnn": ("mlm-cnn",)}  # of the predictions
_SKLEARN_FOR = {"mlp": (SKLEARN,), "cnn": ()}
PUBLISHED = [name for name in recipe_names() if describe_recipe(name).source]
RATES = [0.0003, 0.001, 0.003]
HIDDEN = [(64, 64), (128,)]


#: Whole trainings: a recipe, and the published one whose training by Keras is beside it.
TRAININGS = {name: name for name in PUBLISHED} | {"fast-mlp": "mlm-mlp", "fast-cnn": "mlm-cnn"}


@dataclass(frozen=True)
class Sizes:
    """How much of everything; see `FULL_SIZES` and `QUICK_SIZES`.

    ``keras_rows_at_most`` limits the rows of grow-n for plain Keras, which are float32
    there and take its time.
    """

    train_rows: int = 60_000
    mlp_epochs: int = 5
    cnn_epochs: int = 1
    training_epochs: int | None = None  # None for the published ones
    fit_rows: int = 2_000
    calls: int = 300
    many_rows: int = 10_000
    search_rows: int = 6_000
    search_epochs: int = 3
    minute_rows: int = 60_000
    minute_epochs: int = 15
    grow_rows: tuple[int, ...] = (1_000, 6_000, 60_000, 600_000)
    keras_rows_at_most: int = 60_000
    grow_batches: tuple[int, ...] = (16, 64, 256, 1024)
    grow_calls: tuple[int, ...] = (1, 10, 100, 1_000, 10_000, 100_000)
    grow_fits: tuple[int, ...] = (1, 5, 10, 20, 50)
    leak_fits: tuple[int, ...] = (5, 105)
    very_many_rows: int = 1_000_000


FULL_SIZES = Sizes()
QUICK_SIZES = Sizes(
    train_rows=1_000,
    mlp_epochs=1,
    cnn_epochs=1,
    training_epochs=1,
    fit_rows=1_000,
    calls=5,
    many_rows=1_000,
    search_rows=300,
    search_epochs=1,
    minute_rows=300,
    minute_epochs=1,
    grow_rows=(500, 1_000),
    grow_batches=(64, 256),
    grow_calls=(1, 100),
    grow_fits=(1, 2),
    leak_fits=(5, 7),
    very_many_rows=5_000,
)


def list_works(sizes: Sizes) -> dict[str, Work]:
    """Make all works, in the order of the table."""
    works = [
        *(_epoch(name, sizes) for name in PUBLISHED),
        *(_training(recipe, published, sizes) for recipe, published in TRAININGS.items()),
        *(_predict_one(kind, sizes) for kind in NETWORKS),
        *(_predict_many(kind, sizes) for kind in NETWORKS),
        _search(sizes),
        _search_minute(sizes),
        _grow_n(sizes),
        _grow_batch(sizes),
        _grow_rows(sizes),
        _grow_fits(sizes),
        _memory_of_fits(sizes),
        _memory_of_prediction(sizes),
    ]
    return {work.name: work for work in works}


def _epoch(recipe: str, sizes: Sizes) -> Work:
    architecture = recipe_architecture(recipe)
    options = {
        "architecture": architecture,
        "rows": sizes.train_rows,
        "epochs": sizes.cnn_epochs if architecture.filters else sizes.mlp_epochs,
    }
    # The wrappers train by Model.fit: on the MLPs it shows what they add.
    only_mlp = () if architecture.filters else (*WRAPPERS, SKLEARN)
    case = Case("", "epochs", options, (*TRAINERS, *only_mlp, FLOOR))
    title = f"{recipe}: an epoch of {sizes.train_rows:,} images"
    return Work(f"epoch-{recipe}", title, (case,))


def _training(recipe: str, published: str, sizes: Sizes) -> Work:
    options = {
        "architecture": recipe_architecture(published),
        "rows": sizes.train_rows,
        "epochs": sizes.training_epochs or make_recipe(published)[-1].epochs,
    }
    sides = (Side("skdigits", "skdigits_recipe", {"recipe": recipe}), *sides_named("keras"))
    case = Case("", "training", options, sides, fresh=True)
    title = f"{recipe}: a whole training, beside Keras' of {published} as published"
    return Work(f"training-{recipe}", title, (case,))


def _predict_one(kind: str, sizes: Sizes) -> Work:
    sides = (OURS_ON_RAW_PICTURES, *PREDICTORS, *_SKLEARN_FOR[kind], BARE)
    options = {"rows": 1, "calls": sizes.calls, "method": "predict"}
    title = f"predict one image, median of {sizes.calls} calls"
    return Work(f"predict-one-{kind}", title, _predictions(kind, sizes, sides, options))


def _predict_many(kind: str, sizes: Sizes) -> Work:
    sides = (*sides_named("skdigits"), *PREDICTORS, LARGE_BATCHES, *_SKLEARN_FOR[kind], BARE)
    options = {"rows": sizes.many_rows, "calls": 3, "method": "predict_proba"}
    title = f"predict_proba of {sizes.many_rows:,} images"
    return Work(f"predict-10000-{kind}", title, _predictions(kind, sizes, sides, options))


def _predictions(
    kind: str, sizes: Sizes, sides: tuple[Side, ...], options: dict
) -> tuple[Case, ...]:
    """Make a case for each network of a kind."""
    cases = []
    for recipe in NETWORKS[kind]:
        network = {"architecture": recipe_architecture(recipe), "fit_rows": sizes.fit_rows}
        cases.append(Case(recipe, "prediction", network | options, sides))
    return tuple(cases)


def _search(sizes: Sizes) -> Work:
    options = {
        "architecture": Architecture(hidden=(64, 64), batch_size=128),
        "rows": sizes.search_rows,
        "epochs": sizes.search_epochs,
        "rates": RATES,
        "hidden": HIDDEN,
        "n_jobs": 1,
    }
    sides = (
        *sides_named("skdigits", "scikeras", "keras-wrappers", "skorch"),
        Side("skdigits, n_jobs=2", "skdigits", {"n_jobs": 2}),
        Side("scikeras, n_jobs=2", "scikeras", {"n_jobs": 2}),
    )
    title = f"GridSearchCV, 18 fits of an MLP on {sizes.search_rows:,} images"
    return Work("search-18", title, (Case("", "search", options, sides, fresh=True),))


def _search_minute(sizes: Sizes) -> Work:
    networks = {
        "MLP": (Architecture(hidden=(64, 64)), sizes.minute_rows, sizes.minute_epochs),
        "CNN": (
            Architecture(
                hidden=(128,), filters=(32, 64), kernel_sizes=(3, 3), conv_dropout=(0.0, 0.0)
            ),
            sizes.minute_rows // 2,
            1,
        ),
    }
    sides = (
        Side("skdigits", "skdigits"),
        Side("skdigits, n_jobs=2", "skdigits", {"n_jobs": 2}),
    )
    cases = []
    for label, (architecture, rows, epochs) in networks.items():
        options = {
            "architecture": architecture,
            "rows": rows,
            "epochs": epochs,
            "rates": RATES,
            "hidden": HIDDEN,
            "n_jobs": 1,
        }
        label = f"{label}, {rows:,} images"
        cases.append(Case(label, "search", options, sides, fresh=True, at_most=3))
    title = "GridSearchCV, 18 fits, about a minute with one process"
    return Work("search-minute", title, tuple(cases))


def _grow_n(sizes: Sizes) -> Work:
    cases = []
    for recipe in ("levelup-mlp", "mlm-cnn-large"):
        architecture = recipe_architecture(recipe)
        for rows in sizes.grow_rows:
            large = rows > sizes.train_rows
            epochs = sizes.cnn_epochs if architecture.filters else sizes.mlp_epochs
            options = {
                "architecture": architecture,
                "rows": rows,
                "epochs": 1 if large else epochs,
            }
            keras = sides_named("keras") if rows <= sizes.keras_rows_at_most else ()
            label = f"{recipe}, {rows:,} images"
            sides = (OURS_ON_RAW_PICTURES, *keras)
            cases.append(Case(label, "epochs", options, sides, at_most=2 if large else None))
    return Work("grow-n", "an epoch by number of images", tuple(cases))


def _grow_batch(sizes: Sizes) -> Work:
    architecture = recipe_architecture("levelup-mlp")
    cases = [
        Case(
            f"batch {batch_size}",
            "epochs",
            {
                "architecture": replace(architecture, batch_size=batch_size),
                "rows": sizes.train_rows,
                "epochs": 1,
            },
            sides_named("skdigits", "keras", "torch"),
        )
        for batch_size in sizes.grow_batches
    ]
    return Work("grow-batch", "levelup-mlp: an epoch by batch size", tuple(cases))


def _grow_rows(sizes: Sizes) -> Work:
    cases = [
        Case(
            f"{rows:,} {'row' if rows == 1 else 'rows'}",
            "prediction",
            {
                "architecture": recipe_architecture("mlm-mlp"),
                "fit_rows": sizes.fit_rows,
                "rows": rows,
                "calls": max(1, min(sizes.calls, 30_000 // rows)),
                "method": "predict_proba",
            },
            sides_named("skdigits", "keras", "torch"),
        )
        for rows in sizes.grow_calls
    ]
    title = "mlm-mlp: predict_proba by number of rows in a call"
    return Work("grow-rows", title, tuple(cases))


def _grow_fits(sizes: Sizes) -> Work:
    options = {
        "architecture": Architecture(hidden=(64, 64)),
        "rows": sizes.fit_rows,
        "marks": list(sizes.grow_fits),
    }
    sides = sides_named("skdigits", "scikeras")
    case = Case("", "many_fits", options, sides, fresh=True, at_most=3)
    title = f"one fit after another in one process, MLP on {sizes.fit_rows:,} images"
    return Work("grow-fits", title, (case,))


def _memory_of_fits(sizes: Sizes) -> Work:
    networks = {
        "MLP": Architecture(hidden=(64, 64)),
        "CNN with dropout": Architecture(
            hidden=(64,), filters=(16,), kernel_sizes=(3,), conv_dropout=(0.2,), dropout=0.2
        ),
    }
    cases = [
        Case(
            label,
            "many_fits",
            {
                "architecture": architecture,
                "rows": sizes.fit_rows,
                "marks": list(sizes.leak_fits),
            },
            sides_named("skdigits", "keras"),
            fresh=True,
            at_most=1,
        )
        for label, architecture in networks.items()
    ]
    return Work("memory-100-fits", "memory of 100 fits in one process", tuple(cases))


def _memory_of_prediction(sizes: Sizes) -> Work:
    cases = [
        Case(
            recipe,
            "large_prediction",
            {
                "architecture": recipe_architecture(recipe),
                "fit_rows": sizes.fit_rows,
                "rows": sizes.very_many_rows,
            },
            (OURS_WITHOUT_SCALER, OURS_IN_A_PIPELINE),
            fresh=True,
            at_most=3,
        )
        for recipes in NETWORKS.values()
        for recipe in recipes
    ]
    title = f"memory of predict on {sizes.very_many_rows:,} images of uint8"
    return Work("memory-million-rows", title, tuple(cases))

"""The directives that list recipes, models and classes, and the order of the gallery."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from skdigits import describe_recipe, recipe_names
from skdigits.comparison import model_names
from skdigits.persistence._scikit_learn import CLASSES_BY_MODULE
from skdigits.recipes import Measurement

_GALLERY = (
    "plot_askpython_cnn.py",
    "plot_levelup_mlp.py",
    "plot_keras_mlp_512.py",
    "plot_mlm_networks.py",
    "plot_cross_validation.py",
    "plot_grid_search.py",
    "plot_save_and_load.py",
    "plot_label_errors.py",
    "plot_prediction_sets.py",
    "plot_optuna_search.py",
    "plot_web_service.py",
    "plot_own_handwriting.py",
    "plot_photographs.py",
    "plot_own_network.py",
)


def gallery_order(file_name: str) -> tuple[int, str]:
    """Sort the examples: tutorials first, what is not listed last."""
    name = Path(file_name).name
    return (_GALLERY.index(name) if name in _GALLERY else len(_GALLERY), name)


class RecipeTable(SphinxDirective):
    """A table of the published recipes: published error and measured error."""

    def run(self) -> list[nodes.Node]:
        """Write the table from `describe_recipe`."""
        header = (
            "recipe",
            "source",
            "published error",
            "measured error",
            "seeds",
            "training time",
        )
        published = [name for name in recipe_names() if describe_recipe(name).source]
        rows = [header, *map(_result, published)]
        options = [":header-rows: 1", ":widths: auto", ":class: numbers"]
        return _parse(self, [".. list-table::", *_indent(options), "", *_list_table(rows)])


class RecipeDetails(SphinxDirective):
    """A section for each recipe: network, source, and the machine of the measurement."""

    def run(self) -> list[nodes.Node]:
        """Write the sections from `describe_recipe`."""
        lines: list[str] = []
        for name in recipe_names():
            recipe = describe_recipe(name)
            lines += [f".. rubric:: {name}", "", f"{recipe.summary}.", ""]
            if recipe.source is not None:
                lines += [f":Source: {recipe.source}", f":Published: {recipe.published_note}"]
            runs = recipe.measurement
            if runs is None:
                lines += [":Measured: not yet", ""]
                continue
            pairs = zip(runs.seeds, runs.test_errors, strict=True)
            errors = "; ".join(f"seed {seed}: {_percent(error)}" for seed, error in pairs)
            lines += [f":Measured: test error of {errors}"]
            lines += [f":Training: {_training(runs)}"]
            lines += [f":Weights: {runs.n_parameters:,}"]
            lines += [f":Machine: {runs.machine}", f":Versions: {runs.versions}", ""]
        return _parse(self, lines)


class ModelNames(SphinxDirective):
    """A sentence that lists the models of ``skdigits compare``."""

    def run(self) -> list[nodes.Node]:
        """Write the sentence; the models of the extra ``boosting`` have their libraries' names."""
        extra = [
            re.split(r"\W", requirement)[0]
            for requirement in requires("skdigits") or ()
            if "boosting" in requirement
        ]
        names = [name for name in model_names() if name not in extra]
        always, optional = (", ".join(f"``{name}``" for name in part) for part in (names, extra))
        install = '``pip install "skdigits[boosting]"``'
        return _parse(self, [f"The models are {always} and, after {install}, {optional}."])


class SavedClasses(SphinxDirective):
    """A list of scikit-learn's classes that ``save_model`` can write."""

    def run(self) -> list[nodes.Node]:
        """Write a row for each module."""
        rows = [
            (f"``sklearn.{home}``", ", ".join(f"``{name}``" for name in names.split()))
            for home, names in CLASSES_BY_MODULE.items()
        ]
        return _parse(self, [".. list-table::", "   :widths: auto", "", *_list_table(rows)])


def _result(name: str) -> tuple[str, ...]:
    """One row of the table."""
    recipe = describe_recipe(name)
    published = _percent(recipe.published_error)
    runs = recipe.measurement
    source = _short_source(recipe.source)
    if runs is None:
        return f"``{name}``", source, published, "not yet", "", ""
    measured = f"{runs.mean_percent} ± {runs.spread_percent}%"
    seconds = sorted({round(seconds) for seconds in runs.fit_seconds})
    fit = " to ".join(map(str, sorted({seconds[0], seconds[-1]}))) + " s"
    return f"``{name}``", source, published, measured, str(len(runs.seeds)), fit


def _training(runs: Measurement) -> str:
    """Write the training times, and their ratios to Keras' time in the same run."""
    ratios = ", ".join(f"{ratio:.2g}" for ratio in runs.times_keras)
    seconds = ", ".join(f"{seconds:.1f}" for seconds in runs.fit_seconds)
    return f"{seconds} s; relative to Keras' 10 epochs of ``mlm-cnn``: {ratios}"


def _percent(share: float) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.2f}%"


def _short_source(source: str) -> str:
    """Make a link with the name of its host, or return the text if it is not a link."""
    address = source.split(",")[0]
    if not address.startswith("https://"):
        return source
    return f"`{address.split('/')[2].removeprefix('www.')} <{address}>`__"


def _list_table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as the body of a list-table."""
    return [
        f"   {'* - ' if i == 0 else '  - '}{cell}" for row in rows for i, cell in enumerate(row)
    ]


def _indent(lines: list[str]) -> list[str]:
    return [f"   {line}" for line in lines]


def _parse(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    """Parse reStructuredText where the directive stands."""
    container = nodes.Element()
    text = StringList(lines, source=directive.env.doc2path(directive.env.docname))
    directive.state.nested_parse(text, directive.content_offset, container)
    return container.children


def setup(app):
    """Register the directives."""
    app.add_directive("recipe-table", RecipeTable)
    app.add_directive("recipe-details", RecipeDetails)
    app.add_directive("model-names", ModelNames)
    app.add_directive("saved-classes", SavedClasses)
    return {"parallel_read_safe": True}

"""The directives that fill the recipes page, and the order of the gallery."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from skdigits import describe_recipe, recipe_names
from skdigits.recipes import Measurement

_GALLERY = (
    "plot_askpython_cnn.py",
    "plot_levelup_mlp.py",
    "plot_keras_mlp_512.py",
    "plot_mlm_networks.py",
    "plot_cross_validation.py",
    "plot_grid_search.py",
    "plot_save_and_load.py",
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
        """Write the table from what `describe_recipe` says."""
        header = ("Recipe", "Source", "Published error", "Measured error", "Seeds", "Fit")
        published = [name for name in recipe_names() if describe_recipe(name).source]
        rows = [header, *map(_result, published)]
        options = [":header-rows: 1", ":widths: auto", ":class: recipe-table"]
        return _parse(self, [".. list-table::", *_indent(options), "", *_list_table(rows)])


class RecipeDetails(SphinxDirective):
    """A section a recipe: network, source, and what the measurement ran on."""

    def run(self) -> list[nodes.Node]:
        """Write the sections from what `describe_recipe` says."""
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


def _result(name: str) -> tuple[str, ...]:
    """One row of the table."""
    recipe = describe_recipe(name)
    published = _percent(recipe.published_error)
    runs = recipe.measurement
    source = _short_source(recipe.source)
    if runs is None:
        return f"``{name}``", source, published, "not yet", "", ""
    measured = f"{runs.mean_percent} ± {runs.spread_percent}\N{NO-BREAK SPACE}%"
    seconds = sorted({round(seconds) for seconds in runs.fit_seconds})
    fit = " to ".join(map(str, sorted({seconds[0], seconds[-1]}))) + " s"
    return f"``{name}``", source, published, measured, ", ".join(map(str, runs.seeds)), fit


def _training(runs: Measurement) -> str:
    """How long a training took, and how long Keras took in the same run."""
    ratios = ", ".join(f"{ratio:.2g}" for ratio in runs.times_keras)
    seconds = ", ".join(f"{seconds:.1f}" for seconds in runs.fit_seconds)
    return f"{seconds} s; {ratios} times Keras' 10 epochs of ``mlm-cnn``"


def _percent(share: float) -> str:
    """A share as text, with the space that British typography wants."""
    return f"{100 * share:.2f}\N{NO-BREAK SPACE}%"


def _short_source(source: str) -> str:
    """A link under its host's name, or the text where it is no link."""
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
    return {"parallel_read_safe": True}

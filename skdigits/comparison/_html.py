"""A report as an HTML page in one file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ._columns import RESULT_COLUMNS, SEARCH_COLUMNS, find_filled, format_parameters
from ._figures import ReportFigure, draw_figures

if TYPE_CHECKING:
    from ._findings import Findings

_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
# The browser takes the first that matches, so the last one must always match.
_VARIANTS: tuple[tuple[str, dict[str, bool]], ...] = (
    ("(max-width: 40rem) and (prefers-color-scheme: dark)", {"narrow": True, "dark": True}),
    ("(max-width: 40rem)", {"narrow": True}),
    ("(prefers-color-scheme: dark)", {"dark": True}),
    ("all", {}),
)
_DOTS_PER_INCH = 96  # of a web page, by definition


class FigureVariant(NamedTuple):
    """A figure in one colour scheme, for one width of page.

    Parameters
    ----------
    media : str
        The media query under which it is shown.
    uri : str
        Its file as a data URI.
    width, height : int
        Its size in CSS pixels.
    """

    media: str
    uri: str
    width: int
    height: int


def render_report(report: Findings) -> str:
    """Render a report as a page that needs no other file and no network.

    The same report gives the same page, byte by byte.

    Parameters
    ----------
    report : Findings
        The report.

    Returns
    -------
    html : str
        The page.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("skdigits.comparison", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja").render(
        report=report,
        winner=report.results[0],
        on_dataset=f" on {report.setting['Data set']}" if "Data set" in report.setting else "",
        has_frontier=any(result.on_frontier for result in report.results),
        result_columns=find_filled(RESULT_COLUMNS, report.results),
        search_columns=find_filled(SEARCH_COLUMNS, report.results),
        best_parameters=[format_parameters(result.best_params) for result in report.results],
        without_result=set(report.failures) - {result.model for result in report.results},
        figures=[
            (name, figure, [*_render_variants(figure)])
            for name, figure in draw_figures(report).items()
        ],
    )


def _render_variants(figure: ReportFigure) -> Iterator[FigureVariant]:
    """Render a figure for each colour scheme and width of page."""
    for media, variant in _VARIANTS:
        content = base64.b64encode(figure.render(**variant)).decode("ascii")
        size = figure.narrow_size if variant.get("narrow") else figure.size
        yield FigureVariant(
            media,
            f"data:{_MEDIA_TYPES[figure.extension]};base64,{content}",
            *(round(_DOTS_PER_INCH * inches) for inches in size),
        )

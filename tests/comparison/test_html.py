"""The page of a report is whole, safe and always the same."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import matplotlib
import pytest

from skdigits.comparison._figures import draw_figures
from skdigits.comparison._html import render_report

from ._hand_made import HOSTILE, ROWS, make_predictions, make_report, without_test


class _Page(HTMLParser):
    """Collects the elements of a page, and checks that each is closed."""

    VOID = frozenset({"meta", "link", "img", "source"})

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.text = ""
        self._open = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def find(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html():
    return render_report(make_report())


@pytest.fixture(scope="module")
def page(html):
    return _Page(html)


@pytest.fixture(scope="module")
def bare():
    return _Page(render_report(without_test(make_report())))


def test_the_page_names_its_language_and_its_winner(page):
    assert page.find("html") == [{"lang": "en"}]
    assert "keras-cnn wins" in page.text
    assert "8 models" in page.text


def test_it_holds_all_that_the_report_says(page):
    report = make_report()
    for text in [*report.statements, *report.setting.values(), *(row[0] for row in ROWS)]:
        assert text in page.text
    for reasons in report.failures.values():
        assert all(reason in page.text for reason in reasons)
    assert "no result" in page.text


def test_what_looks_like_markup_is_text(html, page):
    assert HOSTILE not in html
    assert HOSTILE in page.text
    assert page.find("script") == []


def test_nothing_is_asked_of_the_network(html, page):
    sources = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "srcset", "href"}
    ]
    assert sources
    assert all(source.startswith("data:") for source in sources)
    styles = html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in styles
    assert "@import" not in styles


def test_every_figure_is_there_light_and_dark_and_says_what_it_shows(page):
    figures = [attributes["id"] for attributes in page.find("figure")]
    names = ["error", "cost", "learning_curves", "confusion_matrix", "mistakes"]
    assert figures == [f"figure-{name}" for name in names]
    media = [attributes["media"] for attributes in page.find("source")]
    assert sum("dark" in query for query in media) == 2 * len(names)
    for attributes in page.find("img"):
        assert re.search(r"\d", attributes["alt"])
        assert int(attributes["width"]) > int(attributes["height"]) / 2 > 0


def test_the_first_row_of_the_results_is_the_winner(html):
    row = html.partition('<tr class="winner">')[2].partition("</tr>")[0]
    assert "keras-cnn" in row
    assert "98.74 ± 0.13" in row
    assert "on the frontier" in row
    assert html.count('class="winner"') == 1


def test_the_same_report_gives_the_same_bytes_whatever_the_settings(html):
    with matplotlib.rc_context({"axes.facecolor": "pink", "font.size": 20}):
        assert render_report(make_report()) == html


def test_the_page_is_small(html):
    assert len(html.encode()) < 1_500_000


def test_what_has_no_data_is_left_out(bare):
    figures = [attributes["id"] for attributes in bare.find("figure")]
    assert figures == ["figure-error", "figure-cost"]
    for text in ("Test error", "McNemar", "Predict 1,000", "frontier: no", "◆", "left out\n"):
        assert text not in bare.text
    headings = [attributes["id"] for attributes in bare.find("h2")]
    assert headings == ["results", "figures", "search"]


def test_a_column_that_only_some_models_fill_has_a_dash(page):
    assert page.text.count("\N{EN DASH}") >= 2


def test_a_winner_without_mistakes_has_no_pictures_of_them():
    report = dataclasses.replace(make_report(), winner_predictions=make_predictions(n_mistakes=0))
    assert "mistakes" not in draw_figures(report)
    assert "60 of 60" in draw_figures(report)["confusion_matrix"].alt


def test_samples_that_are_no_pictures_are_not_shown():
    given = make_predictions()
    table = dataclasses.replace(given, X=given.X[:, :30])
    figures = draw_figures(dataclasses.replace(make_report(), winner_predictions=table))
    assert "confusion_matrix" in figures
    assert "mistakes" not in figures


def test_the_text_of_a_figure_holds_its_numbers():
    figures = draw_figures(make_report())
    assert "keras-cnn 1.09% (0.89% to 1.29%)" in figures["error"].alt
    assert "keras-mlp 1.91% in 12.6 ms" in figures["cost"].alt
    assert "in 10 epochs the loss goes from 0.420 to 0.021" in figures["learning_curves"].alt
    assert "53 of 60" in figures["confusion_matrix"].alt
    assert "0 as 5 (1)" in figures["confusion_matrix"].alt
    assert "the 7 test samples that keras-cnn gets wrong" in figures["mistakes"].alt


@pytest.mark.parametrize("dtype", ["U1", object])
def test_labels_may_be_words_and_probabilities_missing(dtype):
    given = make_predictions()
    words = dataclasses.replace(
        given,
        y=given.y.astype("U1").astype(dtype),
        predicted=given.predicted.astype("U1").astype(dtype),
        classes=given.classes.astype("U1").astype(dtype),
        probabilities=None,
    )
    figures = draw_figures(dataclasses.replace(make_report(), winner_predictions=words))
    assert figures["confusion_matrix"].render().startswith(b"<?xml")
    assert figures["mistakes"].render().startswith(b"\x89PNG")
    assert "probability" not in figures["mistakes"].caption

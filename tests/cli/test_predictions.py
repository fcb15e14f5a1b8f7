"""On a terminal predictions are a table that fits it."""

import io

import numpy as np
import pytest
from rich.console import Console

from skdigits.cli._predictions import make_writer
from skdigits.images import DigitPrediction


def _digit(label, probability, line=0, **others):
    other = (label + 1) % 10
    shares = np.zeros(10)
    rest = others.get("digit_probability", 1) - probability
    shares[[label, other]] = probability, rest
    box = (0, 0, 9, 9)
    return DigitPrediction(
        label,
        probability,
        other,
        rest,
        np.arange(10),
        shares,
        box,
        line,
        None,
        **others,
    )


def _no_digit(share, **others):
    return _digit(
        4,
        0.6 * (1 - share),
        is_digit=False,
        left_out="no digit",
        digit_probability=1 - share,
        **others,
    )


def _show(*pictures, segment=False, width=80, color=None):
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system=color)
    writer = make_writer(console, "text", segment=segment)
    for name, digits in pictures:
        writer.write(name, digits)
    writer.close()
    return file.getvalue()


def test_columns_are_aligned_and_unsure_digits_marked():
    shown = _show(("a.png", [_digit(7, 0.998)]), ("longer.png", [_digit(3, 0.61)]))
    head, _, first, second = [line for line in shown.splitlines() if line.strip()][:4]
    assert head.index("label") == first.index("7") == second.index("3?")
    assert head.index("runner-up") == first.index("8  0.2%") == second.index("4  39.0%")
    assert shown.rstrip().endswith("? less than 90% probable")
    assert "?" not in _show(("a.png", [_digit(7, 0.998)]))


@pytest.mark.parametrize("width", [40, 50, 80])
@pytest.mark.parametrize("segment", [False, True])
def test_nothing_is_lost_on_a_narrow_terminal(width, segment):
    name = "a-long-name-of-a-picture-from-a-telephone-[red].jpg"
    digits = [_digit(n % 10, 0.5 if n == 4 else 0.99, n // 6) for n in range(9)]
    shown = _show((name, digits if segment else digits[:1]), segment=segment, width=width)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= width
    # Folded within its column, the name is whole.
    column = max(line.find("number" if segment else "label") for line in lines)
    assert name in "".join(line[:column].strip() for line in lines)
    if segment:
        for word in ("012345", "678", "4?50%/5:50%", "0:99%"):
            assert word in shown


def test_unsure_digits_have_a_colour_where_there_are_colours():
    assert "\x1b[33m" in _show(("a.png", [_digit(3, 0.61)]), color="standard")
    assert "\x1b[33m" not in _show(("a.png", [_digit(3, 0.99)]), color="standard")


def test_no_digit_is_compared_with_the_most_probable_one():
    shown = _show(("a.png", [_no_digit(0.98)]), ("b.png", [_no_digit(0.7)]))
    first, second = [line for line in shown.splitlines() if ".png" in line]
    assert [*first.split()] == ["a.png", "no", "digit", "98.0%", "4", "1.2%"]
    assert [*second.split()] == ["b.png", "no", "digit?", "70.0%", "4", "18.0%"]


def test_no_digit_may_be_the_runner_up():
    doubtful = _digit(4, 0.55, digit_probability=0.58)
    sure = _digit(4, 0.95, digit_probability=0.99)
    first, second = [
        line
        for line in _show(("a.png", [doubtful]), ("b.png", [sure])).splitlines()
        if ".png" in line
    ]
    assert first.split() == ["a.png", "4?", "55.0%", "no", "digit", "42.0%"]
    assert second.split() == ["b.png", "4", "95.0%", "5", "4.0%"]
    assert "4?55%/no digit:42%" in _show(("a.png", [doubtful]), segment=True)


def test_what_is_left_out_is_neither_shown_nor_counted_as_unsure():
    page = [_digit(1, 0.99), _no_digit(0.6), _digit(2, 0.3, left_out="cut off at the edge")]
    shown = _show(("a.png", page), ("b.png", [_no_digit(0.99)]), segment=True)
    first, second = [line for line in shown.splitlines() if ".png" in line]
    assert first.split() == ["a.png", "1", "1:99%"]
    assert second.split() == ["b.png", "no", "digit"]
    assert "?" not in shown


def test_without_predictions_there_is_no_table():
    assert _show() == ""


@pytest.mark.parametrize("kind", ["text", "csv", "json", "lines"])
@pytest.mark.parametrize("segment", [False, True])
def test_labels_that_a_file_brings_along_do_not_command_the_terminal(kind, segment, capsys):
    labels = np.array(["\x1b]0;title\x07\x1b[2J", "one\ntwo"])
    digit = DigitPrediction(
        labels[0], 0.6, labels[1], 0.4, labels, np.array([0.6, 0.4]), (0, 0, 9, 9), 0, None
    )
    file = io.StringIO()
    console = Console(file=file, force_terminal=kind == "text", color_system=None)
    writer = make_writer(console, "text" if kind == "lines" else kind, segment=segment)
    writer.write("a.png", [digit])
    writer.close()
    shown = file.getvalue() + capsys.readouterr().out
    assert "title" in shown
    assert not any(code in shown for code in ("\x1b", "\x07", "one\ntwo"))

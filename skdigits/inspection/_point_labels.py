"""Names beside points, each in the place where it hides the least."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._typing import AnyArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

# All lengths are in points of 1/72 inch, so that nothing depends on the resolution.
# Distances of a name from its point; at all but the smallest, a line leads to the point.
_DISTANCES = np.array([6.0, 14.0, 24.0, 38.0, 54.0, 72.0])
_MARKER_RADIUS = 4.0
# Closer to another point than this, a name could be mistaken for its name.
_CLEARANCE = 3.0
# Closer to each other than this, two names could be read as one.
_GAP = 2.0
# As many square points hidden: the cost of each point of a line through a name or a marker, and
# of two lines that cross.
_COST_OF_LENGTH, _COST_OF_CROSSING = 8.0, 40.0
_MOST_ROUNDS = 10
_LINE_COLOR = "0.5"
# Directions to the eight sides and corners of a square, and half-way between them.
_WAYS = np.array(
    [
        (x, y)
        for x in (1.0, 0.5, 0.0, -0.5, -1.0)
        for y in (0.0, 0.5, 1.0, -0.5, -1.0)
        if 1.0 in (abs(x), abs(y))
    ]
)


class _Spots(NamedTuple):
    """Where the name of a point may be: its box there, and the line from the point to it."""

    ways: FloatArray  # (n_spots, 2)
    boxes: FloatArray  # (n_spots, 4): left, bottom, right, top
    lines: FloatArray  # (n_spots, 2, 2): both ends, which are the same where there is no line
    costs: FloatArray  # (n_spots,): the cost of each, without other names


def label_points(
    ax: Axes, points: FloatArray, names: list[str], emphasised: list[int]
) -> list[Annotation]:
    """Write a name beside each point.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes that the points are drawn on, with their limits and scales.
    points : ndarray of shape (n_points, 2)
        The points, in data coordinates.
    names : list of str
        Their names.
    emphasised : list of int
        Which of the points are joined by a line of steps, in its order; their names
        are bold.

    Returns
    -------
    labels : list of Annotation
        The names, in the order of the points.
    """
    # The layout decides where the points are. The canvas knows the figure of a SubFigure.
    ax.figure.canvas.figure.draw_without_rendering()
    scale = 72 / ax.figure.dpi
    places = scale * ax.transData.transform(points)
    frame = scale * np.array(ax.bbox.extents)
    steps = _find_steps(places[emphasised])
    weights = ["bold" if i in emphasised else "normal" for i in range(len(names))]
    sizes = [scale * _measure_text(ax, *text) for text in zip(names, weights, strict=True)]
    spots = [_find_spots(i, sizes[i], places, steps, frame) for i in range(len(names))]
    chosen = _choose_spots(spots, places)
    return [
        _write_label(ax, name, weight, point, place, each, spot)
        for name, weight, point, place, each, spot in zip(
            names, weights, points, places, spots, chosen, strict=True
        )
    ]


def _measure_text(ax: Axes, text: str, weight: str) -> FloatArray:
    """Find the width and height of a name in pixels."""
    probe = ax.text(0, 0, text, fontsize="small", fontweight=weight, transform=ax.transAxes)
    size = np.array(probe.get_window_extent().size)
    probe.remove()
    return size


def _find_steps(places: FloatArray) -> FloatArray:
    """Find the lines of the steps between some places: across, and then down."""
    before, after = places[:-1], places[1:]
    corners = np.column_stack([after[:, 0], before[:, 1]])
    return np.concatenate([np.stack([before, corners], 1), np.stack([corners, after], 1)])


def _find_spots(
    i: int, size: FloatArray, places: FloatArray, steps: FloatArray, frame: FloatArray
) -> _Spots:
    """Find where the name of a point may be, and the cost of each place."""
    place, others = places[i], np.delete(places, i, axis=0)
    distances = np.repeat(_DISTANCES, len(_WAYS))
    ways = np.tile(_WAYS, (len(_DISTANCES), 1))
    ends = place + distances[:, np.newaxis] * ways
    # The side of the name decides which part of it is there: its left end, middle or right end.
    starts = ends - size * (1 - ways) / 2
    boxes = np.hstack([starts, starts + size])
    has_line = distances > _DISTANCES[0]
    lines = np.stack([np.where(has_line[:, np.newaxis], place, ends), ends], axis=1)
    own = _box_around(place[np.newaxis], _MARKER_RADIUS)
    near = _box_around(others, _MARKER_RADIUS + _CLEARANCE)
    outside = float(np.prod(size)) - _shared_areas(boxes, frame[np.newaxis]).sum(axis=1)
    markers = _box_around(others, _MARKER_RADIUS)
    through = _lengths_inside(steps, boxes).T.sum(axis=1) + _lengths_inside(lines, markers).sum(1)
    costs = (
        outside
        + (distances - _DISTANCES[0])
        + _shared_areas(boxes, np.vstack([own, near])).sum(axis=1)
        + _COST_OF_LENGTH * through
        + _COST_OF_CROSSING * _do_cross(lines, steps).sum(axis=1)
    )
    return _Spots(ways, boxes, lines, costs)


def _choose_spots(spots: list[_Spots], places: FloatArray) -> list[int]:
    """Choose a place for each name, by the best of several orders."""
    across, up = (places[:, axis].argsort(kind="stable").tolist() for axis in (0, 1))
    found = [_improve(spots, order) for order in (across, across[::-1], up, up[::-1])]
    return min(found, key=lambda chosen: _total_cost(spots, chosen))


def _improve(spots: list[_Spots], order: list[int]) -> list[int]:
    """Choose a place for one name after another, until no better one is found."""
    chosen: dict[int, int] = {}
    for _ in range(_MOST_ROUNDS):
        before = dict(chosen)
        for i in order:
            chosen[i] = int(np.argmin(_costs(spots, chosen, i)))
        if chosen == before:
            break
    return [chosen[i] for i in range(len(spots))]


def _total_cost(spots: list[_Spots], chosen: list[int]) -> float:
    """Add up the costs of all chosen places."""
    by_name = dict(enumerate(chosen))
    return sum(float(_costs(spots, by_name, i)[spot]) for i, spot in by_name.items())


def _costs(spots: list[_Spots], chosen: dict[int, int], i: int) -> FloatArray:
    """Find the cost of each place for a name, given the places of the others."""
    others = [(spots[j], spot) for j, spot in chosen.items() if j != i]
    boxes = np.array([each.boxes[spot] for each, spot in others]).reshape(-1, 4)
    lines = np.array([each.lines[spot] for each, spot in others]).reshape(-1, 2, 2)
    return spots[i].costs + _costs_beside(spots[i], boxes, lines)


def _costs_beside(spots: _Spots, boxes: FloatArray, lines: FloatArray) -> FloatArray:
    """Find the cost of each place for a name next to other names and their lines."""
    lengths = _lengths_inside(spots.lines, boxes) + _lengths_inside(lines, spots.boxes).T
    apart = boxes + _GAP * np.array([-1, -1, 1, 1])
    costs = _shared_areas(spots.boxes, apart) + _COST_OF_LENGTH * lengths
    costs += _COST_OF_CROSSING * _do_cross(spots.lines, lines)
    total: FloatArray = costs.sum(axis=1)
    return total


def _box_around(places: FloatArray, radius: float) -> FloatArray:
    """Find the boxes around some places."""
    return np.hstack([places - radius, places + radius])


def _shared_areas(boxes: FloatArray, others: FloatArray) -> FloatArray:
    """Find the area that each box shares with each of the others."""
    low = np.maximum(boxes[:, np.newaxis, :2], others[:, :2])
    high = np.minimum(boxes[:, np.newaxis, 2:], others[:, 2:])
    areas: FloatArray = (high - low).clip(min=0).prod(axis=2)
    return areas


def _lengths_inside(lines: FloatArray, boxes: FloatArray) -> FloatArray:
    """Find the length of each line inside each box."""
    start, way = lines[:, np.newaxis, 0], lines[:, np.newaxis, 1] - lines[:, np.newaxis, 0]
    # Along each axis a line is in the box between two shares of its length.
    slope = np.where(way == 0, 1e-9, way)
    ends = np.stack([(boxes[:, :2] - start) / slope, (boxes[:, 2:] - start) / slope])
    enters, leaves = ends.min(axis=0).max(axis=2), ends.max(axis=0).min(axis=2)
    shares = leaves.clip(0, 1) - enters.clip(0, 1)
    lengths: FloatArray = shares.clip(min=0) * np.hypot(way[..., 0], way[..., 1])
    return lengths


def _do_cross(lines: FloatArray, others: FloatArray) -> AnyArray:
    """Find which lines cross which of the others."""

    def sides(lines: FloatArray, points: FloatArray) -> FloatArray:
        """Find on which side of each line each point is."""
        way = (lines[:, 1] - lines[:, 0])[:, np.newaxis]
        to = points - lines[:, np.newaxis, 0]
        return np.sign(way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0])

    apart = sides(lines, others[:, 0]) * sides(lines, others[:, 1]) < 0
    return apart & (sides(others, lines[:, 0]) * sides(others, lines[:, 1]) < 0).T


def _write_label(
    ax: Axes,
    name: str,
    weight: str,
    point: FloatArray,
    place: FloatArray,
    spots: _Spots,
    chosen: int,
) -> Annotation:
    """Write a name in its chosen place, with a line to its point if that is far away."""
    way, start, ends = spots.ways[chosen], spots.boxes[chosen, :2], spots.lines[chosen]
    line = {
        "arrowstyle": "-",
        "color": _LINE_COLOR,
        "linewidth": 0.7,
        "shrinkA": 1,
        "shrinkB": _MARKER_RADIUS,
        # Where on the box of the name the line begins.
        "relpos": tuple((1 - way) / 2),
    }
    label = ax.annotate(
        name,
        (float(point[0]), float(point[1])),
        xytext=tuple(start - place),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize="small",
        fontweight=weight,
        arrowprops=line if (ends[0] != ends[1]).any() else None,
    )
    # Otherwise the name could move the axes.
    label.set_in_layout(False)
    return label

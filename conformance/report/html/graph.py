"""The graph of a DAG as SVG: a column for each step from the beginning, so that every edge leads to the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from conformance.report.record import Dag, Task

_CHAR, _PAD, _HEIGHT, _GAP_X, _GAP_Y, _WAY = 7.3, 12, 40, 48, 18, 10
_LONGEST = 30
"""Characters of a name that are shown; the whole name is in its tooltip."""

_Ways = dict[tuple[str, str], list[str]]


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float


def graph(dag: Dag) -> str:
    """The picture; tasks that wait for a task which is not there are drawn as if they did not."""
    tasks = {task.task: task for task in dag.tasks}
    columns, ways = _columns(tasks)
    boxes, width, height = _placed(columns, tasks)
    edges = "".join(_edge([boxes[name] for name in way]) for way in ways.values())
    nodes = "".join(_node(task, boxes[name]) for name, task in tasks.items())
    label = escape(f"Graph of {dag.dag}: {len(tasks)} tasks", quote=True)
    return (
        f'<svg class="graph" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{label}">{edges}{nodes}</svg>'
    )


def _columns(tasks: Mapping[str, Task]) -> tuple[list[list[str]], _Ways]:
    """The names in each column, and the way of each edge: an edge over several columns has a point in each of them."""
    upstream = {name: [up for up in task.upstream if up in tasks] for name, task in tasks.items()}
    depth = _depths(upstream)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in tasks:
        columns[depth[name]].append(name)
    ways: _Ways = {}
    for name, ups in upstream.items():
        for up in ups:
            points = [f"\0{up}\0{name}\0{column}" for column in range(depth[up] + 1, depth[name])]
            for column, point in enumerate(points, depth[up] + 1):
                columns[column].append(point)
            ways[up, name] = [up, *points, name]
    return _untangled(columns, ways), ways


def _depths(upstream: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many steps each task is from the beginning, on the longest way."""
    depth: dict[str, int] = {}
    left = dict(upstream)
    while left:
        ready = [name for name, ups in left.items() if all(up in depth for up in ups)] or list(left)
        for name in ready:
            depth[name] = max((depth.get(up, -1) + 1 for up in left.pop(name)), default=0)
    return depth


def _untangled(columns: list[list[str]], ways: _Ways) -> list[list[str]]:
    """Each column sorted by where its neighbours are, to and fro: few edges cross then."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for way in ways.values():
        for one, other in pairwise(way):
            before.setdefault(other, []).append(one)
            after.setdefault(one, []).append(other)
    place = {name: float(n) for column in columns for n, name in enumerate(column)}

    def middle(name: str, neighbours: dict[str, list[str]]) -> float:
        found = [place[other] for other in neighbours.get(name, ())]
        return sum(found) / len(found) if found else place[name]

    for neighbours, order in ((before, columns), (after, columns[::-1]), (before, columns)):
        for column in order:
            column.sort(key=lambda name, neighbours=neighbours: middle(name, neighbours))  # type: ignore[misc]
            place |= {name: n - (len(column) - 1) / 2 for n, name in enumerate(column)}
    return columns


def _placed(columns: list[list[str]], tasks: Mapping[str, Task]) -> tuple[dict[str, _Box], float, float]:
    boxes: dict[str, _Box] = {}
    heights = [sum(_HEIGHT if name in tasks else _WAY for name in column) for column in columns]
    heights = [height + _GAP_Y * (len(column) - 1) for height, column in zip(heights, columns, strict=True)]
    tallest, x = max(heights, default=0), 4.0
    for column, height in zip(columns, heights, strict=True):
        width = max((_width(tasks[name]) for name in column if name in tasks), default=0)
        y = 4 + (tallest - height) / 2
        for name in column:
            own = _HEIGHT if name in tasks else _WAY
            boxes[name] = _Box(x, y + own / 2, width)
            y += own + _GAP_Y
        x += width + _GAP_X
    return boxes, x - _GAP_X + 4, tallest + 8


def _width(task: Task) -> float:
    return 2 * _PAD + _CHAR * max(len(_short(task.task)), len(_short(_says(task))) * 0.85)


def _says(task: Task) -> str:
    """What is below the name: the trigger rule, if it is not the usual one, and whether the task is mapped."""
    rule = task.trigger_rule if task.trigger_rule != "all_success" else ""
    return " · ".join(filter(None, (rule, "mapped" * task.mapped))) or task.operator.removeprefix("_")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _edge(way: Sequence[_Box]) -> str:
    start = way[0]
    path = f"M{start.x + start.width:.1f} {start.y:.1f}"
    x, y = start.x + start.width, start.y
    for box in way[1:]:
        middle = (x + box.x) / 2
        path += f"C{middle:.1f} {y:.1f} {middle:.1f} {box.y:.1f} {box.x:.1f} {box.y:.1f}"
        x, y = box.x, box.y
        if box is not way[-1]:
            x += box.width
            path += f"H{x:.1f}"
    return f'<path class="edge" d="{path}"/><path class="tip" d="M{x:.1f} {y:.1f}l-7 -4v8z"/>'


def _node(task: Task, box: _Box) -> str:
    top = box.y - _HEIGHT / 2
    rect = f'<rect x="{box.x:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{_HEIGHT}" rx="6"/>'
    behind = f'<rect x="{box.x + 3:.1f}" y="{top + 3:.1f}" width="{box.width:.1f}" height="{_HEIGHT}" rx="6"/>'
    middle = box.x + box.width / 2
    tooltip = escape(f"{task.task}: {task.operator}, {task.trigger_rule}")
    return (
        f"<g><title>{tooltip}</title>{behind * task.mapped}{rect}"
        f'<text x="{middle:.1f}" y="{box.y - 3:.1f}">{escape(_short(task.task))}</text>'
        f'<text class="small" x="{middle:.1f}" y="{box.y + 12:.1f}">{escape(_short(_says(task)))}</text></g>'
    )

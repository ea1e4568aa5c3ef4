"""The dashboards: built from their tables, well placed, and complete in words."""

import json
import re
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from board import GRAFANA, NAMES, Board, Json, load

ROOT = GRAFANA.parent
# Grafana 10.4 writes the first, and 13 reads all of them.
SCHEMAS = range(39, 43)
WIDE = 24
# Rows of the grid that a screen of 1440 x 900 shows below Grafana's own bars.
FIRST_SCREEN = 20
VARIABLE = re.compile(r"\$\{?(\w+)")
COLORS = re.compile(r'"(#[0-9A-Fa-f]{6}|green|red|yellow|orange|blue|purple|semi-dark-\w+|dark-\w+|light-\w+)"')
PALETTE = {"#0072B2", "#E69F00", "#FFB310", "#D55E00", "#56B4E9", "#F0E442", "#CC79A7", "#8E8E8E"}
DATA_LINK = re.compile(r"^/d/([\w-]+)\?(.*)$")

BOARDS = [load(name) for name in NAMES]

every_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
every_panel = pytest.mark.parametrize(
    ("board", "panel"),
    [pytest.param(board, panel, id=f"{board.name}, {panel['title']}") for board in BOARDS for panel in board.panels],
)


def build(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grafana.build", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_dashboards_are_built(update: bool) -> None:  # noqa: FBT001 - a fixture
    """The dashboards are byte for byte what the tables give."""
    built = build(ROOT, *([] if update else ["--check"]))
    assert (0, "") == (built.returncode, built.stderr)


def test_a_threshold_changes_both_pictures_and_words(tmp_path: Path) -> None:
    """A threshold that is changed changes colours and words, and a check says so until they are built."""
    for folder in ("grafana", "prometheus"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    thresholds = tmp_path / "prometheus" / "thresholds.yaml"
    text = thresholds.read_text(encoding="utf-8")
    thresholds.write_text(text.replace("value: 0.75", "value: 0.6"), encoding="utf-8")
    checked = build(tmp_path, "--check")
    assert (1, "awareness-training.json: not as built\n") == (checked.returncode, checked.stdout)
    assert 0 == build(tmp_path).returncode
    changed = (tmp_path / "grafana" / "awareness-training.json").read_text(encoding="utf-8")
    assert "vermilion below 60 %" in changed
    assert '"value": 0.6\n' in changed
    assert '"value": 0.75\n' not in changed


@every_board
def test_it_is_classic_json_for_any_grafana(board: Board) -> None:
    """A dashboard has a schema that Grafana 10 to 13 read, asks nothing at its import, and names no data source."""
    assert board.json["schemaVersion"] in SCHEMAS
    assert not {"__inputs", "__requires", "id"} & board.json.keys()
    assert {"${datasource}"} == set(re.findall(r'"uid": "([^"]*)"', json.dumps(board.json["panels"])))


def test_uids() -> None:
    """The uids are those that the links of alerts lead to, and each dashboard links to the other one."""
    assert ["mimecast-awareness", "mimecast-exporter"] == [board.json["uid"] for board in BOARDS]
    rules = (ROOT / "prometheus" / "mimecast.rules.yml").read_text(encoding="utf-8")
    assert {board.json["uid"] for board in BOARDS} == set(re.findall(r"/d/([\w-]+)", rules))
    links = [[link["url"] for link in board.json["links"]] for board in BOARDS]
    assert [["/d/mimecast-exporter"], ["/d/mimecast-awareness"]] == links


def test_time() -> None:
    """Awareness shows a month, health a day, and neither is asked for more often than data can change."""
    assert ["now-30d", "now-24h"] == [board.json["time"]["from"] for board in BOARDS]
    assert ["5m", "5m"] == [board.json["refresh"] for board in BOARDS]


def test_variables() -> None:
    """A reader chooses source, job and tenants, of awareness titles too, and at first all are chosen."""
    shown = [[it["name"] for it in board.variables.values() if not it["hide"]] for board in BOARDS]
    assert [["datasource", "job", "tenant", "title"], ["datasource", "job", "tenant"]] == shown
    chosen = [board.variables[name] for board, names in zip(BOARDS, shown, strict=True) for name in names[1:]]
    assert all(variable["multi"] and variable["includeAll"] for variable in chosen)
    assert all(["$__all"] == variable["current"]["value"] for variable in chosen)


@every_board
def test_hidden_variables(board: Board) -> None:
    """What a reader does not see, what queries match for each choice, stands behind the choice that it is made of."""
    names = [*board.variables]
    hidden = [name for name in names if board.variables[name]["hide"]]
    assert {"tenants", "titles"} & {*names} == {*hidden}
    assert [name.removesuffix("s") for name in hidden] == [names[names.index(name) - 1] for name in hidden]


@every_board
def test_ids(board: Board) -> None:
    """The ids of panels and headings are unique."""
    ids = [panel["id"] for panel in board.json["panels"]]
    assert sorted(set(ids)) == sorted(ids)


def _box(panel: Json) -> tuple[range, range]:
    place = panel["gridPos"]
    return range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])


def _overlap(one: Json, other: Json) -> bool:
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(_box(one), _box(other), strict=True))


@every_board
def test_panels_do_not_overlap(board: Board) -> None:
    """No panel lies on another one, and all lie within the grid."""
    pairs = combinations(board.json["panels"], 2)
    assert [] == [(one["title"], other["title"]) for one, other in pairs if _overlap(one, other)]
    assert all(_box(panel)[0].stop <= WIDE for panel in board.json["panels"])


@every_board
def test_lines_are_full(board: Board) -> None:
    """Panels fill each row of the grid from left to right."""
    bottom = max(_box(panel)[1].stop for panel in board.json["panels"])
    widths = [
        sum(len(_box(panel)[0]) for panel in board.json["panels"] if row in _box(panel)[1]) for row in range(bottom)
    ]
    assert {WIDE} == set(widths)


@every_board
def test_the_first_screen_needs_no_scrolling(board: Board) -> None:
    """What stands above the first heading fits on a screen of 1440 x 900, the age of the data first."""
    first = next(panel for panel in board.json["panels"] if panel["type"] == "row")
    assert first["gridPos"]["y"] <= FIRST_SCREEN
    assert "Age of the data" == board.json["panels"][0]["title"]


@every_panel
def test_words(board: Board, panel: Json) -> None:
    """A panel has a title, a description in sentences, a unit, and a text for no data, none of them another one's."""
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert defaults["unit"]
    assert len(defaults["noValue"].split()) > 1
    assert 1 == [other["title"] for other in board.panels].count(panel["title"])
    # A figure has room for a few words, everything else for a sentence.
    assert (panel["type"] == "stat") == (not defaults["noValue"].endswith("."))


@every_panel
def test_at_most_two_queries(board: Board, panel: Json) -> None:
    """A panel sends one query or two, each with its own letter."""
    letters = [target["refId"] for target in panel["targets"]]
    assert letters in (["A"], ["A", "B"])


@every_board
def test_colors(board: Board) -> None:
    """Colours are of the palette that people who see no red or no green can tell apart."""
    assert set() == set(COLORS.findall(json.dumps(board.json))) - PALETTE


@every_board
def test_links_in_cells(board: Board) -> None:
    """A link in a cell or a bar leads to one of the two dashboards and sets variables that it has."""
    urls = re.findall(r'"url": "(/d/[^"]*\?[^"]*)"', json.dumps(board.json))
    assert urls
    for url in urls:
        match = DATA_LINK.match(url)
        assert match
        (there,) = [it for it in BOARDS if it.json["uid"] == match[1]]
        assert {*re.findall(r"var-(\w+)=", match[2])} <= there.variables.keys()
        taken = {name for name in VARIABLE.findall(match[2]) if not name.startswith("__")}
        assert taken <= board.variables.keys()


def test_annotations() -> None:
    """Charts mark failures, and those of awareness the launches of titles, at the moment of the launch."""
    assert [["Launches", "Failures"], ["Failures"]] == [
        [annotation["name"] for annotation in board.json["annotations"]["list"]] for board in BOARDS
    ]
    launches = BOARDS[0].json["annotations"]["list"][0]
    assert launches["useValueForTime"]


def test_readme() -> None:
    """The README's links and pictures lead to files, and it names both dashboards."""
    text = (GRAFANA / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:\s]+)\)", text)
    assert [] == [link for link in links if not (GRAFANA / link).exists()]
    assert {f"{name}.{kind}" for name in NAMES for kind in ("json", "png")} <= {*links}

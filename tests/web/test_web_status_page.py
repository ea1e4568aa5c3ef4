"""The status page, from values alone: whole pages, what is escaped, and what shows at first."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exporter.web.status import CollectorStatus, Failure, State, Status, TenantStatus
from exporter.web.status_page import in_words, render_status

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LINKS = {"All numbers": "/metrics", "The exporter's own": "/metrics/self"}
HOSTILE = "</style></p><script>alert('1')</script>\"&amp;{{7*7}}"
FAILURE = Failure("forbidden", "give the role")

GOOD = CollectorStatus("training", State.UP, None, age=125, is_shown=True, due_in=174, is_polling=False)
STALE = CollectorStatus("queue", State.DOWN, FAILURE, age=7260, is_shown=False, due_in=29.5, is_polling=False)
FAILING = CollectorStatus("watchlist", State.DOWN, FAILURE, age=None, is_shown=False, due_in=-3, is_polling=False)
NEW = CollectorStatus("training", State.WAITING, None, None, is_shown=False, due_in=float("-inf"), is_polling=False)
RUNNING = CollectorStatus("queue", State.WAITING, None, None, is_shown=False, due_in=-1, is_polling=True)

PAGES = {
    "nothing_yet": (TenantStatus("acme", (NEW, RUNNING)),),
    "every_state": (
        TenantStatus("acme", (GOOD,), rate_limit=800, rate_limit_remaining=799, clock_skew=1.0),
        TenantStatus("globex", (GOOD, STALE, FAILING), rate_limit_remaining=0, blocked_for=45, clock_skew=-400.0),
        TenantStatus("initech", (GOOD, NEW)),
    ),
    "hostile": (
        TenantStatus(
            HOSTILE,
            (CollectorStatus(HOSTILE, State.DOWN, Failure(HOSTILE, HOSTILE), 1, True, 1, False),),  # noqa: FBT003
        ),
    ),
}


def page(tenants: tuple[TenantStatus, ...], *, version: str = "1.0.0", python: str = "3.11.2") -> str:
    return render_status(Status(version, python, NOW, 3725, LINKS, tenants))


class Shape(HTMLParser):
    """What a browser makes of a page: its tags, their attributes, the targets of its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str | None] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()


@pytest.mark.parametrize("name", PAGES)
def test_a_status_makes_its_page(name: str, update: bool) -> None:  # noqa: FBT001 - a fixture
    """A status makes exactly the page beside this test, in which every element is closed where it should be."""
    found = page(PAGES[name])
    file = GOLDEN / f"{name}.html"
    if update:
        file.write_text(found, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == found
    assert [] == Shape(found).open


@pytest.mark.parametrize("name", PAGES)
def test_there_is_no_script_and_nothing_from_elsewhere(name: str) -> None:
    """No page has a script, a handler, a form or a link elsewhere but to three documents, whatever the texts are."""
    shape = Shape(page(PAGES[name]))
    assert set() == {"script", "img", "link", "iframe", "form", "base", "object"} & set(shape.tags)
    assert {
        "charset",
        "class",
        "content",
        "data-label",
        "href",
        "lang",
        "name",
        "open",
        "rel",
        "scope",
    } >= shape.attributes
    elsewhere = [link for link in shape.links if link is None or not re.fullmatch(r"\./[\w/?=%.-]*", link)]
    hosts = ["developer.services.mimecast.com", "github.com", "prometheus.io"]
    assert hosts == [urlsplit(link or "").hostname for link in elsewhere]


def test_hostile_texts_are_texts() -> None:
    """Whatever stands in the place of a name, a reason or a version is shown as it is and makes no element."""
    harmless = (TenantStatus("x", (CollectorStatus("x", State.DOWN, Failure("x", "x"), 1, True, 1, False),)),)  # noqa: FBT003
    found = page(PAGES["hostile"], version=HOSTILE, python=HOSTILE)
    assert "<script" not in found
    assert Shape(page(harmless)).tags == Shape(found).tags


def test_who_is_down_comes_first_and_open() -> None:
    """Of 200 tenants those that are down come first with all that is known, and the others show their names alone."""
    tenants = [TenantStatus(f"tenant-{number:03}", (GOOD,)) for number in range(200)]
    tenants[150] = TenantStatus("tenant-150", (STALE,))
    found = page(tuple(tenants))
    assert "199 of 200 tenants up, 1 down" in found
    assert ["150", "000", "001"] == re.findall(r"<strong>tenant-(\d+)", found)[:3]
    assert 1 == found.count("<details open>")
    assert 199 == found.count("<details>")


def test_when_all_are_down_only_their_reasons_show() -> None:
    """While hundreds are down each shows its name and its reason, and the rest on demand."""
    found = page(tuple(TenantStatus(f"tenant-{number}", (STALE,)) for number in range(200)))
    assert 200 == found.count("<span>forbidden</span>")
    assert "<details open>" not in found


def test_a_status_without_tenants_is_a_page() -> None:
    """With no tenant there still is a page."""
    assert "0 of 0 tenants up" in page(())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "less than a second"),
        (0.9, "less than a second"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute"),
        (179, "2 minutes"),
        (3600, "1 hour"),
        (3725, "1 hour 2 minutes"),
        (86400, "1 day"),
        (90000, "1 day 1 hour"),
        (864059, "10 days"),
    ],
)
def test_spans_in_words(seconds: float, words: str) -> None:
    """A span is told in its largest unit, hours and days with the next one."""
    assert words == in_words(seconds)

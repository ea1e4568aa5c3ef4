"""Which request gets which answer: the paths, their parameters, and the errors of the one who asks.

A mistake of the caller is a 4xx in plain text; what goes wrong upstream is a page that says so. No input is echoed.
"""

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from exporter import __version__
from exporter.exposition import Format, Page
from exporter.instruments import Instruments
from exporter.scrape import Scrapes, Selection
from exporter.web.negotiation import accepts_gzip, choose_format, scrape_budget
from exporter.web.request import BadRequest, Request
from exporter.web.response import Response, plain_text
from exporter.web.status import Status
from exporter.web.status_page import render_status

STATUS: Final = "/"
DISCOVERY: Final = "/sd"
PROBE: Final = "/probe"
OWN_METRICS: Final = "/metrics/self"
HEALTHY: Final = "/-/healthy"
READY: Final = "/-/ready"
RELOAD: Final = "/-/reload"
FIXED_PATHS: Final = frozenset({STATUS, DISCOVERY, PROBE, OWN_METRICS, HEALTHY, READY, RELOAD})

# So much is copied and encrypted in a tenth of a millisecond, and a socket mostly takes it at once.
_AT_ONCE: Final = 128 * 1024

_PAGE_HEADERS: Final = {
    (form, gzip): (
        ("Content-Type", form.value),
        ("Vary", "Accept, Accept-Encoding"),
        *((("Content-Encoding", "gzip"),) if gzip else ()),
    )
    for form in Format
    for gzip in (False, True)
}

_OK: Final = plain_text(200, "ok")
_NOT_FOUND: Final = plain_text(404, "not found")
_WRONG_METHOD: Final = plain_text(405, "method not allowed", ("Allow", "GET, HEAD"))
_NO_RELOAD: Final = plain_text(405, "method not allowed", ("Allow", "POST, PUT"))


@dataclass(frozen=True, slots=True)
class Options:
    """How pages are served: the path of all metrics, and the seconds kept of the scraper's own timeout.

    ``reload`` reads the configuration again and returns why the old one stays, empty if it does not; without it nobody
    can ask for that here.
    """

    telemetry_path: str = "/metrics"
    timeout_offset: float = 0.5
    reload: Callable[[], str] | None = None


class Routes:
    """The application of our port. ``scrapes`` is asked anew for each request, because a reload replaces it."""

    def __init__(
        self, scrapes: Callable[[], tuple[Scrapes, float]], instruments: Instruments, options: Options
    ) -> None:
        self._scrapes = scrapes
        self._instruments = instruments
        self._options = options
        self._pages: dict[str, Callable[[Scrapes, Request], Selection]] = {
            options.telemetry_path: _everything,
            PROBE: _probe,
            OWN_METRICS: _instruments_alone,
        }
        self._documents: dict[str, Callable[[Scrapes], Response]] = {STATUS: self._status, DISCOVERY: _discovery}
        self._started = scrapes()[0].clock.monotonic()

    def immediate(self, request: Request) -> Response | None:
        """Return the answer of everything that is no page."""
        path = request.path
        if not path.startswith("/"):  # that of CONNECT or OPTIONS, which are for nothing here
            return _WRONG_METHOD
        if path not in self._pages and path not in FIXED_PATHS:
            return _NOT_FOUND
        if path == RELOAD:
            return self._no_reload(request)
        if request.method not in {"GET", "HEAD"}:
            return _WRONG_METHOD
        return _OK if path in {HEALTHY, READY} else None

    def at_hand(self, request: Request) -> Response | None:
        """Return the page of a tenant if nothing of it is due and its bytes are there, which are compressed."""
        if request.path != PROBE or request.method != "GET" or not accepts_gzip(request.headers.get("accept-encoding")):
            return None
        scrapes, _ = self._scrapes()
        page = scrapes.at_hand((request.query, choose_format(request.headers.get("accept"))))
        return None if page is None else _response(page)

    def answer(self, request: Request) -> Response:
        """Return the page that was asked for; HEAD polls nothing."""
        if request.path == RELOAD and self._options.reload:
            refusal = self._options.reload()
            return plain_text(500, refusal) if refusal else _OK
        scrapes, longest = self._scrapes()
        if request.path in self._documents:
            return self._documents[request.path](scrapes)
        selection = self._pages[request.path](scrapes, request)
        budget = scrape_budget(
            request.headers.get("x-prometheus-scrape-timeout-seconds"), self._options.timeout_offset, longest
        )
        form = choose_format(request.headers.get("accept"))
        gzip = accepts_gzip(request.headers.get("accept-encoding"))
        seconds = budget if request.method == "GET" else None
        standing = None if selection.instruments or not gzip else scrapes.standing(selection)
        page = scrapes.page(selection, seconds, form, gzip=gzip)
        if standing is not None and page.length <= _AT_ONCE:
            scrapes.keep_at_hand((request.query, form), standing, page)
        return _response(page)

    def finished(self, request: Request | None, status: int) -> None:
        """Count an answer, by a path that is known."""
        known = request is not None and (request.path in self._pages or request.path in FIXED_PATHS)
        self._instruments.request_answered(request.path if request and known else "other", status)

    def _no_reload(self, request: Request) -> Response | None:
        if self._options.reload is None:
            return _NOT_FOUND
        return None if request.method in {"POST", "PUT"} else _NO_RELOAD

    def _status(self, scrapes: Scrapes) -> Response:
        """Return the status page; it polls nothing."""
        links = {
            "All numbers": self._options.telemetry_path,
            "The exporter's own": OWN_METRICS,
            "Targets for Prometheus": DISCOVERY,
            "Health": HEALTHY,
        }
        status = Status(
            __version__,
            platform.python_version(),
            scrapes.clock.now(),
            scrapes.clock.monotonic() - self._started,
            links,
            scrapes.statuses(),
        )
        return _document("text/html; charset=utf-8", render_status(status))


def _discovery(scrapes: Scrapes) -> Response:
    """Return the targets of Prometheus's HTTP service discovery: the names of the tenants."""
    return _document("application/json", json.dumps([{"targets": [name], "labels": {}} for name in scrapes.tenants]))


def _document(content_type: str, text: str) -> Response:
    return Response(200, (("Content-Type", content_type), ("Cache-Control", "no-store")), (text.encode(),))


def _response(page: Page) -> Response:
    return Response(200, _PAGE_HEADERS[page.form, page.gzip], page.parts, page.length)


def _everything(scrapes: Scrapes, _: Request) -> Selection:
    return Selection(tuple(scrapes.tenants))


def _instruments_alone(_: Scrapes, __: Request) -> Selection:
    return Selection(())


def _probe(scrapes: Scrapes, request: Request) -> Selection:
    values = request.query_values()
    targets, collectors = values.get("target", []), values.get("collector", [])
    if len(targets) != 1:
        raise BadRequest(400, "give the parameter target once: the name of a configured tenant")
    if targets[0] not in scrapes.tenants:
        raise BadRequest(400, "target is not the name of a configured tenant")
    if not set(collectors) <= set(scrapes.tenants[targets[0]].units):
        raise BadRequest(400, "collector is not the name of a collector that the tenant has")
    return Selection((targets[0],), tuple(collectors) or None, instruments=False)

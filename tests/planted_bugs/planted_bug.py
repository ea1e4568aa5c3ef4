"""Ten bugs of the worst kinds, each a change of one place in the exporter, with a test that has to notice it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Bug:
    """``old`` stands once in ``file`` of the exporter and becomes ``new``; then ``test`` fails, which else passes."""

    name: str
    file: str
    old: str
    new: str
    test: str

    @property
    def test_file(self) -> str:
        """The file of the test, below ``tests``."""
        return self.test.partition("::")[0]

    def plant(self, project: Path) -> None:
        """Change the file in a copy of the project; raise ``ValueError`` if the old text does not stand there once."""
        path = project / "exporter" / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} does not hold the text once that is to be changed")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


BUGS: Final = (
    Bug(
        "request_id_replayed",
        "mimecast/auth.py",
        "str(self._new_id())",
        "str(UUID(int=int(self._now().timestamp())))",
        "mimecast/test_mimecast_auth.py::test_each_flow_is_signed_anew",
    ),
    Bug(
        "secret_in_a_log_line",
        "mimecast/client.py",
        'log.debug("request path=%s status=%s seconds=%.3f", request.path, code, seconds)',
        'log.debug("request path=%s status=%s headers=%s", request.path, code, dict(request.headers))',
        "test_secret_search.py::test_serving_shows_no_secret",
    ),
    Bug(
        "half_a_document_published",
        "mimecast/client.py",
        """\
            seen.add(token)
            page = self._page(question, token)
""",
        """\
            seen.add(token)
            try:
                page = self._page(question, token)
            except PollError:
                return
""",
        "mimecast/test_mimecast_client_page.py::test_a_page_that_fails_fails_the_poll",
    ),
    Bug(
        "series_twice",
        "scrape.py",
        "return tuple(name for name in tenant.units if selection.collectors is None or name in selection.collectors)",
        "return tuple(tenant.units) if selection.collectors is None else selection.collectors",
        "test_scrape.py::test_a_collector_that_is_asked_for_twice_is_shown_once",
    ),
    Bug(
        "late_answer_over_a_newer_one",
        "polls.py",
        "            unit.result = result\n",
        "            unit.result = result\n            self._wake(unit)\n        tenant.is_running = False\n",
        "life/test_life_death.py::test_a_poll_that_does_not_end_is_no_success",
    ),
    Bug(
        "socket_leaked",
        "mimecast/connection.py",
        "            handle = None if self._watchdog else self._handles.pop(connection, None)\n",
        "            handle = None\n",
        "mimecast/test_mimecast_client.py::test_retries",
    ),
    Bug(
        "stale_too_early",
        "polls.py",
        "now - good.at < self.refresh_interval + self.tenant.max_staleness",
        "now - good.at < max(self.refresh_interval, self.tenant.max_staleness)",
        "test_polls.py::test_good_numbers_stay_while_polls_fail",
    ),
    Bug(
        "tenant_lost_by_a_reload",
        "commands/assembly.py",
        "        if tenants.get(name) is not tenant:\n",
        "        if new.get(name) is not tenant:\n",
        "test_reload.py::test_an_unchanged_tenant_is_polled_when_it_is_due",
    ),
    Bug(
        "wait_ignored",
        "mimecast/client.py",
        "        if self._wait and self.blocked_for() > 0:\n",
        "        if self._wait and self._wait.reason is Reason.RATE_LIMITED and self.blocked_for() > 0:\n",
        "mimecast/test_mimecast_client.py::test_waits",
    ),
    Bug(
        "text_taken_for_true",
        "collectors/training_record.py",
        "        if isinstance(watched, bool):\n            yield _training(document, watched, unreadable)\n",
        "        if watched is not None:\n            yield _training(document, bool(watched), unreadable)\n",
        "collectors/test_golden.py::test_a_document_makes_its_page",
    ),
)

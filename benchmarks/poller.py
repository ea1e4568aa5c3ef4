"""Polls without a program around them, in a process of its own: ``python -m benchmarks.poller PORT WHAT ...``.

``growth DOCUMENT`` prints by how many bytes the peak of memory grows; ``turns DOCUMENT ROUNDS`` and
``calls DOCUMENT ROUNDS`` print the seconds of contestants, round by round. All of it is JSON.
"""

import json
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Final

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from benchmarks.account import Account
from benchmarks.decoding import pieces, snapshot_of
from benchmarks.document import document
from benchmarks.loop import aggregate
from benchmarks.measure import taking_turns
from exporter.clock import SystemClock
from exporter.collectors.training import ASSIGNED, OVERDUE, PATH, TRAINING, WATCHED
from exporter.config.settings import Settings
from exporter.mimecast.auth import Request, Signed, SigningKeys
from exporter.mimecast.client import Client
from exporter.mimecast.resolver import Resolver
from exporter.mimecast.transport import Route, Transport, client_tls
from exporter.model import Secret, Snapshot

_MOST: Final = 2**31
_CALLS: Final = 200
_BODY: Final = b'{"data": []}'


class _Keys:
    def __init__(self, application_id: str) -> None:
        self._keys = SigningKeys(Secret(application_id), Secret("key"), Secret("access"), Secret("c2VjcmV0"))

    def current(self) -> SigningKeys:
        """Return keys that nobody checks."""
        return self._keys

    def refused(self) -> None:
        """Ignore it."""


class Poller:
    """Ours and theirs, for one document."""

    def __init__(self, port: int, name: str) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._headers = {"x-mc-app-id": name, "Accept": "application/json", "Content-Type": "application/json"}
        self._clock = SystemClock()
        transport = Transport(Route(self._url, client_tls(DEFAULT_CA_BUNDLE_PATH)), Resolver())
        auth = Signed(_Keys(name), self._clock.now, uuid.uuid4)
        self._client = Client(transport, auth, self._clock, lambda _code, _seconds: None, _MOST)
        self._session = requests.Session()

    def poll(self) -> Snapshot:
        """Poll as the exporter does."""
        asking = TRAINING.ask(Settings(), datetime.now(UTC))
        return TRAINING.snapshot(self._client.poll(asking, self._clock.monotonic() + 600))

    def post(self) -> requests.Response:
        """Post as a script does."""
        return self._session.post(self._url + PATH, data=_BODY, headers=self._headers, timeout=600)

    def read(self) -> int:
        """Have requests read the answer."""
        return len(self.post().content)

    def loop(self) -> dict[str, dict[str, int]]:
        """Aggregate as a good script does."""
        return aggregate(self.post().json())

    def call(self) -> None:
        """Make signed calls, each answer read."""
        for _ in range(_CALLS):
            answer = self._client.converse(Request(PATH, _BODY), self._clock.monotonic() + 60)
            answer.read(_MOST)
            answer.close()

    def bare_call(self) -> None:
        """Make as many unsigned ones."""
        for _ in range(_CALLS):
            self.read()


def check(snapshot: Snapshot, titles: dict[str, dict[str, int]]) -> None:
    """Raise ``ValueError`` if the loop, to which we compare ourselves, does not count what we do."""
    for metric, key in ((ASSIGNED, "assigned"), (WATCHED, "watched"), (OVERDUE, "overdue")):
        ours = {sample.labels[0]: sample.value for sample in snapshot.samples if sample.metric is metric}
        if ours != {title: counts[key] for title, counts in titles.items()}:
            raise ValueError(f"the loop counts {key} in another way")


def growth(poller: Poller) -> int:
    """Return the bytes by which the peak of memory grows in the first large poll."""
    snapshot_of(pieces(document(5)))
    account = Account()
    account.forget_peak()
    before = account.memory
    poller.poll()
    return account.peak - before


def turns(poller: Poller, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of a poll, and of what else reads the same answer."""
    check(poller.poll(), poller.loop())
    return taking_turns({"ours": poller.poll, "content": poller.read, "loop": poller.loop}, rounds)


def calls(poller: Poller, rounds: int) -> dict[str, list[float]]:
    """Return the processor time of calls."""
    return taking_turns({"ours": poller.call, "session": poller.bare_call}, rounds, time.process_time)


def main(port: str, what: str, name: str, rounds: str = "1") -> None:
    """Measure, and print the result."""
    poller = Poller(int(port), name)
    match what:
        case "growth":
            result: object = growth(poller)
        case "turns":
            result = turns(poller, int(rounds))
        case _:
            result = calls(poller, int(rounds))
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

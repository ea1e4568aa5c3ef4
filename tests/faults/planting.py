"""What is planted in answers and credentials, and must be told nowhere; and what the answers say all the same."""

import base64
import socket
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from exporter.simulator import FAULTS, TRAINING_PATH, Tenant
from exporter.simulator.answer import Answer, envelope
from exporter.simulator.exchange import Exchange
from exporter.simulator.fault import document, record, value
from exporter.simulator.fault.fault import Scene
from exporter.simulator.journal import Call
from exporter.simulator.rate import Window
from exporter.simulator.request import Request

PERSONAL: Final = ("planted.person@secret.example", "Planted Person", "planted custom value", "192.0.2.77")

_PERSON: Final = b'{"emailAddress":"planted.person@secret.example","name":"Planted Person",'
_OF_DATA: Final = {fault.name for fault in (*document.FAULTS, *value.FAULTS, *record.FAULTS)}


def is_of_data(name: str) -> bool:
    """Say whether a fault spoils the document, not but the way there."""
    return name in _OF_DATA


def planted(tenant: Tenant, moment: datetime | None = None) -> bytes:
    """Return the right answer of a tenant at a moment, or now, with a person's fields in each element."""
    elements = tenant.details.elements(moment or tenant.clock.now())
    return envelope(b"[" + b",".join(element.replace(b"{", _PERSON, 1) for element in elements) + b"]")


def answered(tenant: Tenant, name: str, moment: datetime | None = None) -> bytes:
    """Return the document that a fault answers with at a moment, the right one if it spoils but the way there."""
    now = moment or tenant.clock.now()
    right = planted(tenant, now)
    if not is_of_data(name):
        return right
    with socket.socket() as nowhere:
        call = Call(tenant.name, "POST", TRAINING_PATH, now, now, 0.0, "")
        request = Request("POST", TRAINING_PATH, {}, b"")
        exchange = Exchange(request, nowhere, call, now, Window().take(0.0), threading.Event())
        answer = FAULTS[name].act(Scene(exchange, tenant, lambda: Answer(200, right), None))
    assert answer is not None
    # An integer beyond 64 bits is unknown to the exporter, and none too large for the count.
    return answer.body.replace(b"9" * 400, b"null")


def secrets(tenant: Tenant) -> set[str]:
    """Return what must be told nowhere, in each form that it could take: keys, tokens, signatures, people."""
    keys = {text for name, text in tenant.credentials.items() if name != "client_id"}
    signatures = {credential.partition(":")[2] for credential in tenant.memory.signatures if credential}
    return {form for text in keys | tenant.tokens.given | signatures for form in forms(text)} | {*PERSONAL}


def forms(text: str) -> set[str]:
    """Return a text as it stands, in base64 without what its neighbours change, and in a form."""
    encoded = text.encode()
    shifted = [base64.b64encode(b"x" * shift + encoded).decode()[4 if shift else 0 : -4] for shift in range(3)]
    return {text, quote_plus(text), *shifted}


def told(needles: Iterable[str], *texts: str) -> list[str]:
    """Return what of the needles is told in the texts."""
    told = "\n".join(texts)
    return [needle for needle in needles if needle in told]

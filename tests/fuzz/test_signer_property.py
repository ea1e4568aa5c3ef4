"""Whatever the keys, the moment and the path, the vendor finds a request rightly signed (G11)."""

import base64
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from exporter.mimecast.auth import Request, Signed, SigningKeys
from exporter.model import Secret
from exporter.simulator.request import Request as Received
from exporter.simulator.signature import refuse_signature

VISIBLE: Final = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
WORDS = st.text(VISIBLE, min_size=1, max_size=60)
KEYS = st.fixed_dictionaries(
    {
        "application_id": WORDS,
        "application_key": st.text(VISIBLE | st.just(" "), min_size=1, max_size=60),
        "access_key": st.text(VISIBLE.filter(":".__ne__), min_size=1, max_size=60),
        "secret_key": st.binary(min_size=1, max_size=99).map(lambda key: base64.b64encode(key).decode()),
    }
)
MOMENTS = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the zone follows


class Keys:
    """Keys in the hand."""

    def __init__(self, keys: dict[str, str]) -> None:
        self._keys = SigningKeys(**{name: Secret(text) for name, text in keys.items()})

    def current(self) -> SigningKeys:
        """Return the keys."""
        return self._keys

    def refused(self) -> None:
        """Take no note."""


@given(keys=KEYS, moment=MOMENTS, identity=st.uuids(version=4), path=st.text(VISIBLE, max_size=60).map("/{}".format))
def test_any_request_is_rightly_signed(keys: dict[str, str], moment: datetime, identity: UUID, path: str) -> None:
    """The vendor accepts each signature at its moment, and refuses it with another path, key or hour."""
    flow = Signed(Keys(keys), lambda: moment, lambda: identity).flow(Request(path, b"{}"))
    headers = {name.lower(): text for name, text in next(flow).headers.items()}
    received = Received("POST", path, headers, b"{}")
    assert refuse_signature(received, keys, moment) is None
    assert refuse_signature(Received("POST", path + "x", headers, b"{}"), keys, moment) is not None
    assert refuse_signature(received, keys | {"application_key": keys["application_key"] + "x"}, moment) is not None
    assert refuse_signature(received, keys, moment.replace(year=moment.year - 1, day=1)) is not None

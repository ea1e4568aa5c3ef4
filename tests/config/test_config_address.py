import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.address import BaseUrl, ProxyUrl
from exporter.config.place import Place, Refusal


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("https://eu-api.mimecast.com", "HTTPS://EU-API.mimecast.com//"),
        ("https://x.example:8443", "https://x.example:8443/"),
        ("https://192.0.2.1", "https://192.0.2.1"),
        ("https://[2001:db8::1]:443", "https://[2001:DB8::1]:443"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("http://127.9.9.9:80", "http://127.9.9.9:80"),
        ("http://localhost:5000", "http://LOCALHOST:5000"),
        ("http://[::1]:5000", "http://[::1]:5000/"),
    ],
)
def test_base_url(expected: str, written: str) -> None:
    """An address is put into its one form: lower case, no slash at the end; http:// is for loopback."""
    assert expected == BaseUrl().read(written, Place())


@pytest.mark.parametrize("written", ["http://10.0.0.1", "http://[::2]", "http://localhost.example", "http://0.0.0.0"])
def test_base_url_in_clear(written: str) -> None:
    """An address that is not loopback is never asked in clear."""
    with pytest.raises(Refusal, match="loopback"):
        BaseUrl().read(written, Place())


@given(st.text(), st.sampled_from(["", "https://", "http://127.0.0.1", "https://a@", "https://[", "https://x:"]))
def test_base_url_of_anything(text: str, start: str) -> None:
    """Whatever is written, an accepted address is plain ASCII without user info, path, query or fragment."""
    try:
        found = BaseUrl().read(start + text, Place())
    except Refusal:
        return
    scheme, _, rest = found.partition("://")
    assert scheme in {"https", "http"}
    assert rest.isascii()
    assert not set(rest) & set("/?#@\\ \t\r\n")


def test_proxy_url() -> None:
    """A proxy keeps its user and password, and shows neither."""
    found = ProxyUrl().read("http://planted:p%40%2F@Proxy.Example:3128/", Place())
    assert found.reveal() == "http://planted:p%40%2F@proxy.example:3128"
    assert "planted" not in repr(found)

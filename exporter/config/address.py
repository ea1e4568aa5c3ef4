"""Addresses: the vendor's regions, and which base URLs and proxies are safe to send credentials to."""

import ipaddress
import re
from dataclasses import dataclass

from exporter.config.document import Tree
from exporter.config.kind import Text
from exporter.config.place import Place, Refusal, suggestion
from exporter.model import Secret

# API 1.0. https://integrations.mimecast.com (global base URLs); the vendor's samples have je-api for Jersey.
SIGNED_REGIONS = {
    "eu": "https://eu-api.mimecast.com",
    "de": "https://de-api.mimecast.com",
    "us": "https://us-api.mimecast.com",
    "usb": "https://usb-api.mimecast.com",
    "ca": "https://ca-api.mimecast.com",
    "za": "https://za-api.mimecast.com",
    "au": "https://au-api.mimecast.com",
    "je": "https://je-api.mimecast.com",
    "uspcom": "https://uspcom-api.mimecast-pscom-us.com",
}
# API 2.0.
OAUTH_REGIONS = {
    "global": "https://api.services.mimecast.com",
    "us": "https://us-api.services.mimecast.com",
    "uk": "https://uk-api.services.mimecast.com",
}

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/\\?#]*)(?P<rest>.*)")
_HOST_AND_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_USER_INFO = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Region:
    """The name of a region of either API; which names fit depends on the credentials, see :func:`url_of_region`."""

    expected: str = f"a region of API 1.0 ({', '.join(SIGNED_REGIONS)}) or of API 2.0 ({', '.join(OAUTH_REGIONS)})"

    def read(self, value: Tree, place: Place) -> str:
        """Return the name of the region."""
        name = Text(self.expected).read(value, place)
        if name not in {*SIGNED_REGIONS, *OAUTH_REGIONS}:
            raise Refusal(f"unknown region; must be {self.expected}")
        return name


def url_of_region(name: Tree, _place: Place, *, oauth: bool) -> str:
    """Return the base URL of a region, or refuse one that the API of these credentials does not have."""
    regions, version = (OAUTH_REGIONS, "2.0") if oauth else (SIGNED_REGIONS, "1.0")
    if not isinstance(name, str) or name not in regions:
        raise Refusal(f"no region of API {version}, which these credentials are for; {suggestion('', regions)}")
    return regions[name]


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """Where the vendor's API is, read into ``scheme://host[:port]``."""

    expected: str = "an address such as https://eu-api.mimecast.com"

    def read(self, value: Tree, place: Place) -> str:
        """Return the address with its host in lower case and no slash at the end."""
        scheme, authority, rest = _split(Text(self.expected).read(value, place), self.expected)
        if "@" in authority:
            raise Refusal("no user name or password belongs here; credentials have keys of their own")
        if rest.strip("/"):
            raise Refusal("no path, query or fragment belongs here; the paths of the API are the exporter's business")
        host, port = _host_and_port(authority, self.expected)
        if scheme == "http" and not _is_loopback(host):
            raise Refusal("must begin with https://; http:// is for loopback addresses only")
        if scheme not in {"http", "https"}:
            raise Refusal("must begin with https://")
        return f"{scheme}://{host}{port}"


@dataclass(frozen=True, slots=True)
class ProxyUrl:
    """A proxy's address, a secret as a whole because it may hold a password."""

    expected: str = "an address such as http://proxy.example:3128"

    def read(self, value: Tree, place: Place) -> Secret:
        """Return the address as it is written, without a slash at the end."""
        scheme, authority, rest = _split(Text(self.expected).read(value, place), self.expected)
        if scheme not in {"http", "https"}:
            raise Refusal("must begin with http:// or https://")
        if rest.strip("/"):
            raise Refusal("no path, query or fragment belongs here; write / ? # @ in a password as %2F %3F %23 %40")
        user_info, at, rest = authority.rpartition("@")
        if at and ("@" in user_info or not _USER_INFO.fullmatch(user_info)):
            raise Refusal("the user name and password before the @ are visible ASCII; write an @ in them as %40")
        host, port = _host_and_port(rest, self.expected)
        return Secret(f"{scheme}://{user_info}{at}{host}{port}")


def _split(text: str, expected: str) -> tuple[str, str, str]:
    match = _URL.fullmatch(text)
    if not match:
        raise Refusal(f"must be {expected}")
    return match["scheme"].lower(), match["authority"], match["rest"]


def _host_and_port(text: str, expected: str) -> tuple[str, str]:
    """Return the host in lower case and the port with its colon, if there is one."""
    if not text.isascii():
        raise Refusal("the host has letters beyond ASCII; write it in its xn-- form")
    match = _HOST_AND_PORT.fullmatch(text)
    if not match:
        raise Refusal(f"must be {expected}; the host or port is not valid")
    host, port = match["host"].lower(), match["port"]
    if not _is_host(host):
        raise Refusal(f"must be {expected}; the host is not valid")
    if port and not 0 < int(port) < 65536:
        raise Refusal("the port must be from 1 to 65535")
    return host, f":{int(port)}" if port else ""


def _is_host(host: str) -> bool:
    """Return whether ``host`` is a name or an address in its usual form, not 127.1, 0x7f000001 or 2130706433."""
    if host.startswith("["):
        return _ip(host) is not None
    last = host.rpartition(".")[2]
    if last.isdecimal() or last.startswith("0x"):
        return _ip(host) is not None
    return bool(_HOST_NAME.fullmatch(host))


def _is_loopback(host: str) -> bool:
    address = _ip(host)
    return address.is_loopback if address else host == "localhost"


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(host[1:-1]) if host.startswith("[") else ipaddress.IPv4Address(host)
    except ValueError:
        return None

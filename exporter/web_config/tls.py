"""From settings to a TLS context of a server; a client's certificate must have an allowed name."""

import ipaddress
import ssl
from pathlib import Path
from typing import Any, Final

from exporter.config.place import Place
from exporter.secret_file import UnreadableFileError, read_regular_file
from exporter.web_config.cipher import CIPHERS
from exporter.web_config.settings import Tls

_LARGEST_FILE: Final = 4 * 1024**2
_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFY: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_SAN_KINDS: Final = {"DNS", "email", "URI", "IP Address"}


def read_files(tls: Tls, directory: Path, place: Place) -> tuple[bytes, ...]:
    """Return the content of the files, those noted that cannot be read."""
    files = {"cert_file": tls.cert_file, "key_file": tls.key_file, "client_ca_file": tls.client_ca_file}
    contents = []
    for name, file in files.items():
        if file is not None:
            try:
                contents.append(read_regular_file(directory / file, _LARGEST_FILE)[0])
            except UnreadableFileError as error:
                place.key(name).refuse(f"the file {error}")
    return tuple(contents)


def make_context(tls: Tls, directory: Path, place: Place) -> ssl.SSLContext:
    """Return the context, what cannot be used noted at ``place``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _set_protocol(context, tls)
    try:
        context.load_cert_chain(directory / tls.cert_file, directory / tls.key_file, password=lambda: "")
    except (OSError, ValueError):
        place.key("key_file").refuse("cert_file and key_file are no PEM that fits together, without a passphrase")
    if tls.client_auth == "NoClientCert":
        return context
    context.verify_mode = _VERIFY[tls.client_auth]
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN if hasattr(ssl, "VERIFY_X509_PARTIAL_CHAIN") else 0
    if tls.client_ca_file is None:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    else:
        try:
            context.load_verify_locations(directory / tls.client_ca_file)
        except (OSError, ValueError):
            place.key("client_ca_file").refuse("holds no certificate in PEM")
    if tls.allowed_sans:
        context.sslsocket_class = _named_socket(frozenset(map(_plain, tls.allowed_sans)))
    return context


def _set_protocol(context: ssl.SSLContext, tls: Tls) -> None:
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if tls.prefer_server_ciphers:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    ciphers = [CIPHERS[name] for name in tls.cipher_suites if name in CIPHERS]
    if ciphers:
        context.set_ciphers(":".join(ciphers))
    elif tls.cipher_suites:
        context.minimum_version = ssl.TLSVersion.TLSv1_3


def _named_socket(allowed: frozenset[str]) -> type[ssl.SSLSocket]:
    """Return a class of sockets that end a handshake with a client that has none of the ``allowed`` names."""

    class NamedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in the base
            super().do_handshake(block)
            if not names_of(self.getpeercert() or {}) & allowed:
                raise ssl.SSLCertVerificationError("the client's certificate has no allowed name")

    return NamedSocket


def names_of(certificate: Any) -> set[str]:
    """Return the names in a certificate as ``getpeercert`` gives it."""
    return {_plain(name) for kind, name in certificate.get("subjectAltName", ()) if kind in _SAN_KINDS}


def _plain(name: str) -> str:
    """Return a name, an address in its one shortest form."""
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name

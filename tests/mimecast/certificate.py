"""Certificates of any quality, made by openssl, and the TLS of servers and clients that use them."""

import ssl
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exporter.mimecast.transport import client_tls

NAMES = "DNS:localhost,IP:127.0.0.1"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path

    def server(self, **options: ssl.TLSVersion) -> ssl.SSLContext:
        """Return the TLS of a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def client(self, own: "Pair | None" = None) -> ssl.SSLContext:
        """Return our TLS, which trusts this certificate alone and shows ``own``."""
        files = (str(own.certificate), str(own.key)) if own else (None, None)
        return client_tls(str(self.certificate), *files)


@dataclass
class Certificates:
    """Makes certificates in a directory."""

    directory: Path
    made: int = 0

    def openssl(self, *arguments: str | Path) -> None:
        """Run openssl."""
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.directory)

    def self_signed(self, name: str, *options: str) -> Pair:
        """Make a certificate that trusts itself."""
        self.made += 1
        pair = Pair(self.directory / f"{self.made}.pem", self.directory / f"{self.made}.key")
        subject = ("-subj", f"/CN={name}", "-days", "30", "-keyout", pair.key, "-out", pair.certificate)
        self.openssl("req", "-x509", *_KEY, *subject, *options)
        return pair

    @cached_property
    def authority(self) -> Pair:
        """An authority, whose certificates are trusted by who trusts it."""
        return self.self_signed("Our authority")

    def signed(
        self, name: str, names: str = NAMES, first: str = "20260101000000Z", last: str = "20990101000000Z"
    ) -> Pair:
        """Make a certificate of the authority, for some names and between two dates."""
        authority = self.authority
        self.made += 1
        files = [self.directory / f"{self.made}.{ending}" for ending in ("pem", "key", "csr")]
        certificate, key, request = files
        (self.directory / "extensions").write_text(f"subjectAltName={names}\n")
        (self.directory / "database").write_text("")
        (self.directory / "serial").write_text(f"{self.made + 1000}\n")
        (self.directory / "ca.conf").write_text(
            "[ca]\ndefault_ca=own\n[own]\ndatabase=database\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
            "unique_subject=no\npolicy=any\n[any]\ncommonName=supplied\n"
        )
        self.openssl("req", *_KEY, "-new", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        ours = ("-cert", authority.certificate, "-keyfile", authority.key, "-extfile", "extensions")
        dates = ("-startdate", first, "-enddate", last, "-batch", "-notext")
        self.openssl("ca", "-config", "ca.conf", *ours, *dates, "-in", request, "-out", certificate)
        return Pair(certificate, key)

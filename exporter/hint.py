"""What an operator can do about a failed poll, by its reason."""

from collections.abc import Mapping
from typing import Final

from exporter.errors import Reason

HINTS: Final[Mapping[Reason, str]] = {
    Reason.CONNECT: "check region or base_url, and that this host may reach it; it heals when Mimecast can be reached",
    Reason.TIMEOUT: "check the network; raise timeout if the tenant is large",
    Reason.TLS: "check the clock and, behind a TLS inspection, set tls.ca_file to its root",
    Reason.PROXY: "check proxy_url and the proxy's own rules",
    Reason.PROTOCOL: "what answers is no Mimecast; check base_url and proxies on the way",
    Reason.REDIRECT: "redirects are never followed; check base_url",
    Reason.TOO_LARGE: "raise max_response_size if the tenant is that large",
    Reason.ENCODING: "what answers is no Mimecast, or something on the way changes its answers",
    Reason.NOT_JSON: "what answers is no Mimecast, or a page of a proxy or portal on the way; check base_url",
    Reason.SCHEMA: "the answer has another shape than documented; run with --log.level=debug and report it",
    Reason.INCOMPLETE: "the connection is cut on the way; it heals when the network does",
    Reason.API_ERROR: "Mimecast reports a failure of its own; it may heal, else ask its support with the code",
    Reason.UNAUTHORIZED: "check the credentials and that region is the account's; new keys may take 30 minutes to work",
    Reason.FORBIDDEN: "give the role Awareness Training | Dashboard | Read, and an API 2.0 application its product",
    Reason.BINDING_EXPIRED: "make new keys; set the authentication cache of the service user's profile to Never Expire",
    Reason.CLOCK_SKEW: "set this host's clock, best by NTP",
    Reason.AUTH_RESPONSE: "the token endpoint gives no token; check base_url",
    Reason.RATE_LIMITED: "raise refresh_interval, or run fewer clients of the API; it heals after the wait",
    Reason.HTTP_4XX: "check base_url, and that the account has the product",
    Reason.HTTP_5XX: "Mimecast fails; it heals when Mimecast does",
    Reason.HTTP_OTHER: "what answers is no Mimecast; check base_url and proxies on the way",
    Reason.INTERNAL: "this is a bug of the exporter; please report the log line",
}

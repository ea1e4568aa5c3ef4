"""What becomes of each fault of the simulator: one line a fault, for both kinds of credentials, first and later."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.errors import Reason
from exporter.simulator import FAULTS


@dataclass(frozen=True)
class Outcome:
    """How a poll of the training details ends while the tenant misbehaves.

    ``row`` is that of the catalogue; ``reason`` None means that the numbers are those that the answer holds. The data
    is asked for ``asks`` times, and once more with a new token where that ``renews`` one of an earlier poll. The vendor
    asks to ``wait`` so many seconds. ``odd`` counts what is unreadable, by field; where titles are cleaned or folded,
    only ``sums`` over all titles are those of the answer.
    """

    row: int
    reason: Reason | None
    asks: int = 1
    renews: bool = False
    wait: float = 0.0
    odd: Mapping[str, int] = field(default_factory=dict)
    sums: bool = False


def fails(row: int, reason: Reason, *, asks: int = 1, renews: bool = False, wait: float = 0.0) -> Outcome:
    """Return the outcome of a fault that fails the poll."""
    return Outcome(row, reason, asks, renews, wait)


def right(row: int, *, sums: bool = False, **odd: int) -> Outcome:
    """Return the outcome of a fault that leaves the poll right, with so many values unreadable."""
    return Outcome(row, None, odd=odd, sums=sums)


def calls(name: str, api: int, *, later: bool) -> str:
    """Return the requests of one poll, t for a token and d for data; ``later`` with a token of an earlier poll."""
    outcome = OUTCOMES[name]
    if api == 1:
        return "d" * outcome.asks
    if FAULTS[name].of_token:
        return "d" * later + "t" + "d" * (outcome.reason is None)
    return ("dtd" if outcome.renews else "d" * outcome.asks) if later else "t" + "d" * outcome.asks


OUTCOMES: Mapping[str, Outcome] = {
    # the connection
    "refuse_close": fails(2, Reason.CONNECT, asks=2),
    "reset": fails(2, Reason.CONNECT, asks=2),
    "silent": fails(3, Reason.TIMEOUT),
    "hang": fails(4, Reason.TIMEOUT),
    "slow": right(5),
    "jitter": right(5),
    "drip_headers": fails(6, Reason.TIMEOUT),
    "drip_body": fails(6, Reason.TIMEOUT),
    "half_body_silence": fails(7, Reason.TIMEOUT),
    "close_in_headers": fails(8, Reason.CONNECT, asks=2),
    "close_after_headers": fails(8, Reason.CONNECT, asks=2),
    "reset_in_headers": fails(8, Reason.CONNECT, asks=2),
    "reset_after_headers": fails(8, Reason.CONNECT, asks=2),
    "reset_in_body": fails(8, Reason.CONNECT, asks=2),
    "close_idle": right(14),
    # HTTP
    "short_body": fails(9, Reason.INCOMPLETE),
    "cut_body": fails(9, Reason.INCOMPLETE),
    "cut_chunks": fails(9, Reason.INCOMPLETE),
    "huge_chunk": fails(9, Reason.INCOMPLETE),
    "chunked": right(10),
    "bad_chunk": fails(10, Reason.PROTOCOL),
    "negative_chunk": fails(10, Reason.PROTOCOL),
    "endless_chunk_line": fails(10, Reason.PROTOCOL),
    "endless_trailer": fails(10, Reason.TIMEOUT),
    "two_answers": right(10),
    "two_lengths": fails(10, Reason.PROTOCOL),
    "length_and_chunked": right(10),
    "huge_length": fails(11, Reason.TOO_LARGE),
    "endless_length": fails(11, Reason.TOO_LARGE),
    "negative_length": fails(11, Reason.PROTOCOL),
    "odd_length": fails(11, Reason.PROTOCOL),
    "not_http": fails(12, Reason.PROTOCOL),
    "http09": fails(12, Reason.PROTOCOL),
    "status_999": fails(12, Reason.PROTOCOL),
    "continue_flood": right(13),
    "endless_continue": fails(13, Reason.TIMEOUT),
    "many_headers": fails(13, Reason.PROTOCOL),
    "huge_header": fails(13, Reason.PROTOCOL),
    "endless_headers": fails(13, Reason.PROTOCOL),
    # size and coding
    "gzip": right(15),
    "gzip_twice": right(15),
    "gzip_corrupt": fails(15, Reason.ENCODING),
    "gzip_wrong_sum": fails(15, Reason.ENCODING),
    "gzip_cut": fails(15, Reason.ENCODING),
    "gzip_missing": fails(15, Reason.ENCODING),
    "deflate": fails(15, Reason.ENCODING),
    "unknown_coding": fails(15, Reason.ENCODING),
    "gzip_bomb": fails(16, Reason.TOO_LARGE),
    "nested_gzip_bomb": fails(16, Reason.TOO_LARGE),
    "endless_body": fails(17, Reason.TOO_LARGE),
    "big_body": fails(17, Reason.TOO_LARGE),
    "spaces": fails(17, Reason.TOO_LARGE),
    # statuses
    "http_400": fails(21, Reason.HTTP_4XX),
    "http_401": fails(72, Reason.UNAUTHORIZED, renews=True),
    "http_403": fails(70, Reason.FORBIDDEN),
    "http_404": fails(21, Reason.HTTP_4XX),
    "http_405": fails(21, Reason.HTTP_4XX),
    "http_407": fails(72, Reason.PROXY),
    "http_409": fails(21, Reason.HTTP_4XX),
    "http_413": fails(21, Reason.HTTP_4XX),
    "http_418": fails(71, Reason.BINDING_EXPIRED),
    "http_500": fails(22, Reason.HTTP_5XX),
    "http_501": fails(22, Reason.HTTP_5XX),
    "http_502": fails(22, Reason.HTTP_5XX, asks=3),
    "http_503": fails(22, Reason.HTTP_5XX, asks=3),
    "http_504": fails(22, Reason.HTTP_5XX, asks=3),
    "http_509": fails(22, Reason.HTTP_5XX),
    "rate_limited": fails(23, Reason.RATE_LIMITED, wait=5),
    "rate_limited_other_spelling": fails(23, Reason.RATE_LIMITED, wait=5),
    "rate_limited_retry_after_seconds": fails(24, Reason.RATE_LIMITED, wait=5),
    "rate_limited_retry_after_date": fails(24, Reason.RATE_LIMITED, wait=5),
    "rate_limited_none": fails(25, Reason.RATE_LIMITED, wait=60),
    "rate_limited_garbage": fails(25, Reason.RATE_LIMITED, wait=60),
    "rate_limited_zero": fails(25, Reason.RATE_LIMITED, wait=1),
    "rate_limited_negative": fails(25, Reason.RATE_LIMITED, wait=1),
    "rate_limited_forever": fails(25, Reason.RATE_LIMITED, wait=3600),
    "unavailable_retry_after": fails(24, Reason.HTTP_5XX, wait=5),
    "html_200": fails(26, Reason.NOT_JSON),
    "html_401": fails(72, Reason.UNAUTHORIZED, renews=True),
    "html_503": fails(26, Reason.HTTP_5XX, asks=3),
    "empty_200": fails(28, Reason.NOT_JSON),
    "empty_400": fails(21, Reason.HTTP_4XX),
    "http_202": fails(28, Reason.HTTP_OTHER),
    "http_204": fails(28, Reason.HTTP_OTHER),
    "http_206": fails(28, Reason.HTTP_OTHER),
    "content_type_other": right(27),
    "content_type_missing": right(27),
    **{f"redirect_{status}": fails(29, Reason.REDIRECT) for status in range(300, 309)},
    "redirect_self": fails(30, Reason.REDIRECT),
    "redirect_file": fails(30, Reason.REDIRECT),
    "redirect_nowhere": fails(30, Reason.REDIRECT),
    # the envelope
    "fail_entry": fails(31, Reason.API_ERROR),
    "fail_flat": fails(31, Reason.API_ERROR),
    "fail_with_data": fails(32, Reason.API_ERROR),
    "fail_missing": right(33),
    "fail_null": right(33),
    "fail_object": fails(33, Reason.SCHEMA),
    "fail_string": fails(33, Reason.SCHEMA),
    "fail_nulls": fails(33, Reason.SCHEMA),
    "meta_500": fails(34, Reason.API_ERROR),
    "meta_403": fails(34, Reason.API_ERROR),
    "meta_missing": fails(35, Reason.SCHEMA),
    "meta_null": fails(35, Reason.SCHEMA),
    "meta_list": fails(35, Reason.SCHEMA),
    "meta_status_missing": fails(35, Reason.SCHEMA),
    "meta_status_string": fails(35, Reason.SCHEMA),
    "meta_status_true": fails(35, Reason.SCHEMA),
    "meta_status_float": right(35),
    "echo_secret": fails(36, Reason.HTTP_4XX),
    "next_repeats": fails(37, Reason.INCOMPLETE, asks=2),
    "next_odd": fails(37, Reason.SCHEMA),
    "next_endless": fails(37, Reason.INCOMPLETE, asks=20),
    "top_array": fails(45, Reason.SCHEMA),
    "top_string": fails(45, Reason.SCHEMA),
    "top_null": fails(45, Reason.SCHEMA),
    "top_number": fails(45, Reason.SCHEMA),
    "top_empty": fails(45, Reason.SCHEMA),
    "data_missing": fails(46, Reason.SCHEMA),
    "data_null": fails(46, Reason.SCHEMA),
    "data_object": fails(46, Reason.SCHEMA),
    "data_string": fails(46, Reason.SCHEMA),
    "data_empty": right(47),
    "no_rows": right(47),
    # the text
    "cut_json": fails(38, Reason.NOT_JSON),
    "trailing_json": fails(38, Reason.NOT_JSON),
    "doubled_json": fails(38, Reason.NOT_JSON),
    "prefixed_json": fails(38, Reason.NOT_JSON),
    "commented_json": fails(38, Reason.NOT_JSON),
    "control_character": fails(38, Reason.NOT_JSON),
    "bom": right(39),
    "utf16": fails(39, Reason.ENCODING),
    "latin1": fails(39, Reason.ENCODING),
    "nan": fails(40, Reason.NOT_JSON),
    "infinity": fails(40, Reason.NOT_JSON),
    "huge_float": right(40, myAnswer=1),
    "data_twice": right(41),
    "meta_twice": right(41),
    "watched_twice": right(41),
    "deep_nesting": fails(42, Reason.NOT_JSON),
    "huge_integer": fails(43, Reason.NOT_JSON),
    "big_integer": right(43, myAnswer=1),
    # the records
    "surrogate_title": right(44, sums=True),
    "few_odd_records": right(48, record=4, user=3),
    "many_odd_records": fails(48, Reason.SCHEMA),
    "odd_training": right(49, training=4),
    "odd_flags": right(50, needEngagement=8, meritBadge=9),
    "fields_missing": right(51, record=1),
    "fields_wrong": right(
        52, record=10, title=8, titleId=8, assignedTimeStamp=10, watchedDate=10, onWatchlist=8, myAnswer=7
    ),
    "odd_watched": right(53, record=6),
    "spellings_mixed": right(54),
    "spellings_apart": right(55, watchedDate=1, onWatchlist=1, myAnswer=1),
    "spellings_case": right(54),
    "unknown_fields": right(56),
    "odd_titles": right(57, sums=True, title=4),
    "long_titles": right(58, sums=True),
    "control_titles": right(59, sums=True),
    "markup_titles": right(60, sums=True),
    "foreign_titles": right(61),
    "equal_titles": right(62, sums=True),
    "equal_ids": right(63),
    "new_ids": right(64, sums=True),
    "odd_ids": right(65, sums=True, titleId=6),
    "many_titles": right(66, sums=True),
    "rows_again": right(67),
    "half_gone": right(68),
    "odd_dates": right(69, sums=True, watchedDate=8),
    "watched_before_assigned": right(69, sums=True, watchedDate=1),
    # authorization
    "developer_key": fails(72, Reason.UNAUTHORIZED, asks=2),
    "invalid_signature": fails(72, Reason.UNAUTHORIZED, renews=True),
    "unauthorized": fails(72, Reason.UNAUTHORIZED, renews=True),
    "token_unverified": fails(72, Reason.UNAUTHORIZED, renews=True),
    "token_revoked": fails(75, Reason.UNAUTHORIZED, renews=True),
    "app_forbidden": fails(70, Reason.FORBIDDEN),
    "operation_forbidden": fails(70, Reason.FORBIDDEN),
    "binding_expired": fails(71, Reason.BINDING_EXPIRED),
    "clock_skew": fails(73, Reason.CLOCK_SKEW, renews=True),
    "date_off": right(73),
    # the token endpoint
    "token_400": fails(76, Reason.UNAUTHORIZED),
    "token_401": fails(76, Reason.UNAUTHORIZED),
    "token_echo": fails(76, Reason.UNAUTHORIZED),
    "token_429": fails(76, Reason.RATE_LIMITED, wait=5),
    "token_500": fails(76, Reason.HTTP_5XX),
    "token_503": fails(76, Reason.HTTP_5XX),
    "token_html": fails(76, Reason.AUTH_RESPONSE),
    "token_hang": fails(76, Reason.TIMEOUT),
    "token_reset": fails(76, Reason.CONNECT),
    "token_two_answers": right(10),
    "token_redirect": fails(78, Reason.REDIRECT),
    "token_redirect_308": fails(78, Reason.REDIRECT),
    "token_array": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_missing": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_null": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_empty": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_number": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_crlf": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_non_latin": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_huge": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_expires_zero": right(77),
    "token_odd_expires_negative": right(77),
    "token_odd_expires_string": right(77),
    "token_odd_expires_huge": right(77),
    "token_odd_expires_missing": right(77),
    "token_odd_type_lower": right(77),
    "token_odd_type_mac": fails(77, Reason.AUTH_RESPONSE),
    "token_odd_type_missing": right(77),
}

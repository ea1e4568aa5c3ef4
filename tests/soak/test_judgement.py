import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import nearby  # noqa: F401 - where others are found
import pytest
from judgement import Judgement, Page
from manner import check_poll, check_tokens
from program import wait_until
from soak import Soak, soaking

from exporter.simulator import TOKEN_PATH, TRAINING_PATH, Call

TENANT = "the-tenant-with-keys"
Spoil = Callable[[bytes, bytes], bytes]


@pytest.fixture(scope="module")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soak]:
    """A soak in which nothing is wrong."""
    with soaking(tmp_path_factory.mktemp("soak"), 0.5, 1.0) as soak:
        yield soak


@pytest.fixture(scope="module")
def pages(soak: Soak) -> tuple[Page, Page]:
    """Two pages, the second of other people and of later polls of all tenants."""
    tenants = [*soak.population.tenants]
    first = soak.scrape(tenants)
    soak.population.change()
    wait_until(lambda: not {*lasts(first.body)} & {*lasts(soak.scrape(tenants).body)}, "all are polled again")
    return first, soak.scrape(tenants)


def lasts(body: bytes) -> list[bytes]:
    """Return the lines that tell when the latest good polls ended."""
    return re.findall(rb"\nmimecast_collector_last_success_timestamp_seconds\{.*", body)


def with_lasts_of(body: bytes, other: bytes) -> bytes:
    """Return a page that tells the times of another one."""
    for line, new in zip(lasts(body), lasts(other), strict=True):
        body = body.replace(line, new)
    return body


def mixed(body: bytes, other: bytes) -> bytes:
    """Return a page with one family of another one."""
    family = re.compile(rb"# HELP mimecast_training_watched .*?(?=# HELP)", re.DOTALL)
    (new,) = family.findall(other)
    return family.sub(lambda _: new, body)


def increased(body: bytes, _: bytes) -> bytes:
    """Return a page with one more user of a tenant."""
    series = re.compile(rb'(mimecast_training_users\{tenant="the-tenant-with-tokens"\}) (\d+)')
    return series.sub(lambda found: b"%b %d" % (found[1], int(found[2]) + 1), body)


def without(pattern: bytes) -> Spoil:
    """Return what leaves the first line with a pattern out of a page."""
    return lambda body, _: re.sub(rb"\n[^\n#]*" + pattern + rb"[^\n]*", b"", body, count=1)


def renamed(body: bytes, _: bytes) -> bytes:
    """Return a page on which two tenants have each other's numbers."""
    one, other = b"the-tenant-with-keys", b"the-tenant-with-tokens"
    return body.replace(one, b"?").replace(other, one).replace(b"?", other)


SPOILT: dict[str, Spoil] = {
    "a number": increased,
    "numbers of before": lambda body, first: with_lasts_of(first, body),
    "a mixture": mixed,
    "without a record of an answer": without(b"mimecast_training_answers{"),
    "without a title's id": without(b"mimecast_training_title_info{"),
    "without a count of what was unreadable": without(b"mimecast_collector_unreadable{"),
    "another's numbers": renamed,
    "nothing": lambda body, _: re.sub(rb"\nmimecast_(?:training_|collector_(?:rec|unr))[^\n]*", b"", body),
    "without a tenant": lambda body, _: re.sub(rb'\n[^\n]*tenant="the-tenant-with-keys"[^\n]*', b"", body),
    "up and failing": lambda body, _: body + b'mimecast_collector_failing{tenant="the-tenant-with-keys"} 1.0\n',
    "NaN": lambda body, _: re.sub(rb"(mimecast_training_titles\{.*\}) .*", rb"\1 NaN", body),
}


def test_a_right_page_is_let_pass(soak: Soak, pages: tuple[Page, Page]) -> None:
    """What the program shows while nothing is wrong is found right."""
    judgement = Judgement(soak.population)
    for page in pages:
        judgement.judge(page, *soak.population.tenants)
    assert (2, 6, 0) == (judgement.pages, judgement.snapshots, judgement.gaps)


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_page_is_found(soak: Soak, pages: tuple[Page, Page], how: str) -> None:
    """A page that is wrong in one thing is found wrong."""
    first, page = pages
    spoilt = SPOILT[how](page.body, first.body)
    assert page.body != spoilt
    with pytest.raises(AssertionError):
        Judgement(soak.population).judge(Page(page.began, page.ended, spoilt), *soak.population.tenants)


@pytest.mark.parametrize("seconds", [2.6, 3600.0])
def test_an_old_page_is_found(soak: Soak, pages: tuple[Page, Page], seconds: float) -> None:
    """A page with numbers that are older than they may be is found wrong."""
    page = pages[1]
    late = Page(page.ended + seconds + 0.2, page.ended + seconds + 0.3, page.body)
    with pytest.raises(AssertionError, match="too old"):
        Judgement(soak.population).judge(late, *soak.population.tenants)


def test_a_step_back_is_found(soak: Soak, pages: tuple[Page, Page]) -> None:
    """A page with numbers from before those of a page that was there before it was asked for is found wrong."""
    first, page = pages
    judgement = Judgement(soak.population)
    judgement.judge(page, *soak.population.tenants)
    with pytest.raises(AssertionError, match="older than those of a page before"):
        judgement.judge(Page(page.ended + 0.1, page.ended + 0.2, first.body), *soak.population.tenants)


def test_numbers_of_a_bad_answer_are_found(soak: Soak, pages: tuple[Page, Page]) -> None:
    """A page with the right numbers of an answer that was not to be believed is found wrong."""
    (last,) = [line for line in lasts(pages[0].body) if TENANT.encode() in line]
    call = soak.population.call_before(TENANT, float(last.rpartition(b" ")[2]))
    call.fault = "fail_with_data"
    try:
        with pytest.raises(AssertionError, match="has numbers of fail_with_data"):
            Judgement(soak.population).judge(pages[0], *soak.population.tenants)
    finally:
        call.fault = None


def sent(monotonic: float, fault: str | None = None, path: str = TRAINING_PATH) -> Call:
    """Return a request of a journal."""
    now = datetime.now(UTC)
    return Call(TENANT, "POST", path, now, now, monotonic, "", fault=fault)


@pytest.mark.parametrize(
    ("faults", "is_well"),
    [
        ([None], True),
        (["reset", None], True),
        (["http_503", "http_503", "http_503"], True),
        (["http_503", "reset", "http_503", None], False),
        ([None, None], False),
        (["http_404", None], False),
        (["redirect_307", None], False),
        (["developer_key", None], True),
    ],
)
def test_what_a_poll_may_send(faults: list[str | None], *, is_well: bool) -> None:
    """Within one period only what is retried may be sent again, and that twice at most."""
    poll = [sent(0.1 * number, fault) for number, fault in enumerate(faults)]
    if is_well:
        check_poll(poll)
    else:
        with pytest.raises(AssertionError):
            check_poll(poll)


def test_a_storm_of_tokens_is_found() -> None:
    """A token call sooner than half a minute after one that failed is found wrong."""
    check_tokens([sent(0.0, "token_500", TOKEN_PATH), sent(30.0, None, TOKEN_PATH)])
    with pytest.raises(AssertionError):
        check_tokens([sent(0.0, "token_500", TOKEN_PATH), sent(20.0, None, TOKEN_PATH)])

import re

import pytest
from promql import PromqlError, labels_of, parse

KNOWN = {
    "sent": frozenset({"tenant", "title", "job"}),
    "done": frozenset({"tenant", "title", "job"}),
    "up": frozenset({"tenant", "job"}),
    "age_bucket": frozenset({"tenant", "le"}),
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sent", {"tenant", "title", "job"}),
        ('sent{title=~"a.*"}', {"tenant", "title", "job"}),
        ("sum(sent)", set()),
        ("sum by (tenant) (sent)", {"tenant"}),
        ("sum without (job) (sent)", {"tenant", "title"}),
        ("topk by (tenant) (3, sent)", {"tenant", "title", "job"}),
        ("last_over_time(sent[1d] offset 14d)", {"tenant", "title", "job"}),
        ("max_over_time((time() - sent)[1h:5m])", {"tenant", "title", "job"}),
        ("histogram_quantile(0.5, age_bucket)", {"tenant"}),
        ('label_replace(up, "name", "$1", "job", "(.*)")', {"tenant", "job", "name"}),
        ("-sent > 3", {"tenant", "title", "job"}),
        ("time() - sent", {"tenant", "title", "job"}),
        ("sent > scalar(max(up))", {"tenant", "title", "job"}),
        ("done / (sent > 0)", {"tenant", "title", "job"}),
        ("done / on (tenant, title) sent", {"tenant", "title"}),
        ("sent * on (tenant) group_left up", {"tenant", "title", "job"}),
        ("up * on (tenant) group_right sent", {"tenant", "title", "job"}),
        ("sent and on (tenant) up", {"tenant", "title", "job"}),
        ("sent unless ignoring (title) up", {"tenant", "title", "job"}),
        ("sum by (tenant) (sent) or up", {"tenant"}),
        ("absent(up)", set()),
        ("vector(1)", set()),
    ],
)
def test_labels(expression: str, expected: set[str]) -> None:
    """The result of an expression has these labels for certain."""
    assert expected == labels_of(parse(expression), KNOWN)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("sum by (tenant) (sent", "unclosed left parenthesis"),
        ("received", "received: there is no such series"),
        ('sent{user="a"}', "there is no label user"),
        ("sum by (user) (sent)", "there is no label user"),
        ("sum by (title) (sum by (tenant) (sent))", "there is no label title"),
        ("sum without (user) (sent)", "there is no label user"),
        ("histogram_quantile(0.5, sum by (tenant) (age_bucket))", "there is no label le"),
        ("done / on (user) sent", "there is no label user"),
        ("sum by (tenant) (done) / sent", "['tenant'] never match ['job', 'tenant', 'title']"),
        ("sent and up", "['job', 'tenant', 'title'] never match ['job', 'tenant']"),
    ],
)
def test_what_is_refused(expression: str, message: str) -> None:
    """An expression that is none, or that names what there is not, is refused with what is wrong."""
    with pytest.raises(PromqlError, match=re.escape(message)):
        labels_of(parse(expression), KNOWN)

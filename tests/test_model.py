"""The model: values that check themselves when they are made, and secrets that do not show."""

import copy
import json
import logging
import math
import pickle
from typing import Any

import pytest

from exporter.model import Distribution, Kind, Metric, Sample, Secret, Snapshot

PLANTED = "planted-secret-0123456789"
GAUGE = Metric("mimecast_x", "A gauge.", ("title",))
HISTOGRAM = Metric("mimecast_y_seconds", "A gauge histogram.", (), Kind.GAUGE_HISTOGRAM)
DISTRIBUTION = Distribution((1.0,), (0, 1), 2.0)


@pytest.mark.parametrize(
    "show",
    [str, repr, "{}".format, "{!r:>20}".format, lambda secret: f"{[secret]}", lambda secret: "%s" % secret],  # noqa: UP031
)
def test_a_secret_does_not_show(show: Any) -> None:
    """However a secret is turned into text, it shows as <secret>."""
    assert PLANTED not in show(Secret(PLANTED))
    assert "<secret>" in show(Secret(PLANTED))


def test_a_secret_is_not_serialized() -> None:
    """A secret can neither be pickled nor copied nor written as JSON."""
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as error:
            attempt(Secret(PLANTED))
        assert PLANTED not in str(error.value)


def test_a_secret_in_a_log_record_does_not_show(caplog: pytest.LogCaptureFixture) -> None:
    """A secret that is handed to a logger by mistake shows as <secret>."""
    logging.getLogger("test").warning("it is %s", Secret(PLANTED))
    assert "it is <secret>" == caplog.records[0].getMessage()


def test_a_secret_is_only_had_by_asking() -> None:
    """The text of a secret is what reveal returns, and equal secrets are equal."""
    assert PLANTED == Secret(PLANTED).reveal()
    assert Secret(PLANTED) == Secret(PLANTED)
    assert Secret(PLANTED) != Secret(PLANTED + "x")
    assert PLANTED != Secret(PLANTED)
    assert 1 == len({Secret(PLANTED), Secret(PLANTED)})


@pytest.mark.parametrize(
    ("name", "text", "labels", "kind"),
    [
        ("other_x", "A gauge.", (), Kind.GAUGE),
        ("mimecast_X", "A gauge.", (), Kind.GAUGE),
        ("mimecast_x_", "A gauge.", (), Kind.GAUGE),
        ("mimecast_x", "", (), Kind.GAUGE),
        ("mimecast_x", "Two\nlines.", (), Kind.GAUGE),
        ("mimecast_x", "A gauge.", ("tenant",), Kind.GAUGE),
        ("mimecast_x", "A gauge.", ("le",), Kind.GAUGE),
        ("mimecast_x", "A gauge.", ("Title",), Kind.GAUGE),
        ("mimecast_x_info", "A gauge.", (), Kind.GAUGE),
        ("mimecast_x", "An info.", (), Kind.INFO),
    ],
)
def test_a_metric_that_breaks_the_rules_is_refused(name: str, text: str, labels: tuple[str, ...], kind: Kind) -> None:
    """A metric with a wrong name, help or label cannot be declared."""
    with pytest.raises(ValueError, match=r"name|help|info"):
        Metric(name, text, labels, kind)


@pytest.mark.parametrize(
    ("bounds", "counts", "total"),
    [
        ((1.0,), (1,), 1.0),
        ((1.0,), (1, -1), 1.0),
        ((1.0, 1.0), (0, 0, 0), 1.0),
        ((2.0, 1.0), (0, 0, 0), 1.0),
        ((math.inf,), (0, 0), 1.0),
        ((1.0,), (0, 0), math.nan),
    ],
)
def test_a_distribution_that_does_not_add_up_is_refused(
    bounds: tuple[float, ...], counts: tuple[int, ...], total: float
) -> None:
    """A distribution has ascending finite bounds, one count for each and one more, and a finite sum."""
    with pytest.raises(ValueError, match="distribution"):
        Distribution(bounds, counts, total)


@pytest.mark.parametrize(
    ("metric", "labels", "value"),
    [
        (GAUGE, (), 1.0),
        (GAUGE, ("A", "B"), 1.0),
        (GAUGE, (1,), 1.0),
        (GAUGE, (None,), 1.0),
        (GAUGE, ("line\nbreak",), 1.0),
        (GAUGE, ("\ud800",), 1.0),
        (GAUGE, ("\u202e",), 1.0),
        (GAUGE, ("A",), math.nan),
        (GAUGE, ("A",), math.inf),
        (GAUGE, ("A",), DISTRIBUTION),
        (HISTOGRAM, (), 1.0),
    ],
)
def test_a_sample_that_would_break_a_page_is_refused(metric: Metric, labels: Any, value: Any) -> None:
    """A sample has the labels of its metric, clean texts, and a finite value of the right kind."""
    with pytest.raises(ValueError, match=metric.name):
        Sample(metric, labels, value)


def test_a_snapshot_refuses_twins() -> None:
    """Two samples of one series are no snapshot."""
    with pytest.raises(ValueError, match="twice"):
        Snapshot((Sample(GAUGE, ("A",), 1), Sample(GAUGE, ("A",), 2)), 2)


def test_a_snapshot_refuses_what_is_not_declared() -> None:
    """A snapshot with a sample of a metric that its collector does not declare is refused."""
    snapshot = Snapshot((Sample(GAUGE, ("A",), 1), Sample(HISTOGRAM, (), DISTRIBUTION)), 2)
    snapshot.check_declared((GAUGE, HISTOGRAM))
    with pytest.raises(ValueError, match="undeclared metrics: mimecast_y_seconds"):
        snapshot.check_declared((GAUGE,))

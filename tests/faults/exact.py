"""A page of text 0.0.4, read as exactly as the format allows; what a lenient reader lets pass fails here."""

import math
import re
from collections.abc import Iterator

_LABEL = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"(?P<name>[a-z_]+)(?P<labels>\{{{_LABEL}(?:,{_LABEL})*\}})? (?P<value>\S+)")
_COMMENT = re.compile(r"# (?P<kind>HELP|TYPE) (?P<name>[a-z_]+) (?P<text>.+)")
_BOUND = re.compile(r'(?<=[{,])le="([^"]*)",?')
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ENDINGS = {"histogram": ("_bucket", "_count", "_sum"), "counter": (), "gauge": ()}


def read(page: bytes) -> dict[str, float]:
    """Return each series with its value; fail on anything that is not exactly as it should be."""
    text = page.decode("utf-8")
    assert text.endswith("\n")
    assert not _UNFIT.search(text)
    series: dict[str, float] = {}
    for family, kind, samples in _families(text):
        for sample in samples:
            match = _SAMPLE.fullmatch(sample)
            assert match, sample
            assert match["name"].removeprefix(family) in {"", *_ENDINGS[kind]}, sample
            key = sample.removesuffix(f" {match['value']}")
            assert key not in series, f"a series twice: {key}"
            series[key] = float(match["value"])
            assert math.isfinite(series[key]), sample
    _check_buckets(series)
    return series


def _families(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each family with its type and its samples; fail on one without header or samples, or in two parts."""
    seen: set[str] = set()
    for part in ("\n" + text.removesuffix("\n")).split("\n# HELP ")[1:]:
        described, typed, *samples = f"# HELP {part}".split("\n")
        comments = [_COMMENT.fullmatch(described), _COMMENT.fullmatch(typed)]
        kinds = [(match["kind"], match["name"]) for match in comments if match]
        family, kind = kinds[0][1], typed.rpartition(" ")[2]
        assert [("HELP", family), ("TYPE", family)] == kinds
        assert samples, f"a family of nothing: {family}"
        assert family not in seen, f"a family in two parts: {family}"
        seen.add(family)
        yield family, kind, samples


def _check_buckets(series: dict[str, float]) -> None:
    """Check that buckets rise to the last, which has no bound and holds all that is counted."""
    by_histogram: dict[str, dict[float, float]] = {}
    for key, value in series.items():
        if bound := _BOUND.search(key):
            by_histogram.setdefault(_BOUND.sub("", key), {})[float(bound[1])] = value
    for key, buckets in by_histogram.items():
        counts = [buckets[bound] for bound in sorted(buckets)]
        assert sorted(counts) == counts, key
        counted = series.get(key.replace("_bucket", "_gcount"), series.get(key.replace("_bucket", "_count")))
        assert buckets[math.inf] == counted, key

"""Risk grades: A is the best, F the worst, and there is no E. Source: the vendor's pages and consumers of its API."""

from typing import Final

from exporter.collectors.tally import UNKNOWN

GRADES: Final = ("A", "B", "C", "D", "F", UNKNOWN)


def grade_of(text: str | None) -> str:
    """Return a grade as its label: the summary spells them in lower case, the details in upper case."""
    grade = (text or "").strip().upper()
    return grade if grade in GRADES else UNKNOWN

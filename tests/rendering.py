"""Samples to families, and families to a page, in one call each, as tests want them."""

from collections.abc import Iterable

from exporter.exposition import Family, Format, Joined, Page, Rendered
from exporter.model import Sample


def render(tenant: str, samples: Iterable[Sample], form: Format) -> tuple[Family, ...]:
    """Return the families of one tenant's samples."""
    return Rendered(tenant, samples).families(form)


def page(families: Iterable[Family], form: Format, *, gzip: bool) -> Page:
    """Return the page of some families."""
    return Joined(families, form).page(gzip=gzip)

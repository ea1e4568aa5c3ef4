"""Samples to bytes, in either format, with or without gzip.

A snapshot is rendered once. What comes of it is kept in pieces, because a family must not be split: a page of several
tenants has each header once, with the series of all tenants below it. Each piece is kept deflated, and a gzip page is
put together from those.

Sources: the text format 0.0.4 and OpenMetrics 1.0.0 as prometheus_client writes them.
"""

from exporter.exposition.form import Format
from exporter.exposition.page import Family, Joined, Page
from exporter.exposition.rendered import Rendered, render_registry

__all__ = ["Family", "Format", "Joined", "Page", "Rendered", "render_registry"]

"""Declares metrics of polls, whose help says how old their values may be."""

from exporter.model import Kind, Metric


def polled(name: str, text: str, *labels: str, kind: Kind = Kind.GAUGE) -> Metric:
    """Return the declaration of ``mimecast_`` and a name; ``text`` names the vendor's fields."""
    return Metric(f"mimecast_{name}", f"{text} As old as the refresh interval allows.", labels, kind)

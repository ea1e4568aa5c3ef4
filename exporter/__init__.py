"""A Prometheus exporter for Mimecast Awareness Training."""

__version__ = "0.1.0"

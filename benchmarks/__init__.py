"""What the exporter costs, as ratios within one run to what people would use instead: ``python -m benchmarks``."""

"""A history: the real collectors over the simulator for 90 days of turned clocks, loaded into a Prometheus."""

"""The rules of Prometheus, as tables of records and alerts, and the builder that makes their YAML."""

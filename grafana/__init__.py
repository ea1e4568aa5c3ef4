"""The two dashboards of Grafana, as tables of panels, and the builder that makes their JSON."""

"""*Exporter health*: what whoever runs the exporter asks at night: is it us, the network, or Mimecast."""

from typing import Final

from grafana.dashboard import FAILURES, Dashboard
from grafana.link import AWARENESS, HEALTH
from grafana.polling import POLLS
from grafana.process import API, PROCESS
from grafana.pulse import PULSE
from grafana.variable import choice, matcher

EXPORTER_HEALTH: Final = Dashboard(
    uid=HEALTH,
    title="Mimecast exporter health",
    about="Is it us, the network, or Mimecast? The exporter's polls of Mimecast's API, and the exporter itself.",
    span="24h",
    variables=[
        choice("job", '{__name__=~"mimecast_up|mimecast_exporter_build_info"}'),
        choice("tenant", 'mimecast_up{job=~"$job"}'),
        matcher("tenant"),
    ],
    annotations=[FAILURES],
    sections=[PULSE, POLLS, API, PROCESS],
    other=(AWARENESS, "Awareness training"),
)

"""*Awareness training*: what whoever is responsible for the training asks, in the order in which it is asked."""

from typing import Final

from grafana import people, phishing, query, tenants, titles
from grafana.dashboard import FAILURES, Annotation, Dashboard
from grafana.glance import GLANCE
from grafana.link import AWARENESS, HEALTH
from grafana.threshold import SKY
from grafana.variable import choice, matcher

_TITLED: Final = '__name__=~"mimecast_queue_sent|mimecast_training_assigned",job=~"$job",tenant=~`${tenants:raw}`'

AWARENESS_TRAINING: Final = Dashboard(
    uid=AWARENESS,
    title="Mimecast awareness training",
    about="Are we getting better, where not, why, and what next? Numbers of Mimecast Awareness Training; no names.",
    span="30d",
    variables=[
        choice("job", "mimecast_up"),
        choice("tenant", 'mimecast_up{job=~"$job"}'),
        matcher("tenant"),
        choice("title", f"{{{_TITLED}}}"),
        matcher("title"),
    ],
    annotations=[
        Annotation(
            name="Launches",
            expression=f"1000 * ({query.last_launch('title')} > (time() - $__range_s))",
            title="Launched",
            text="{{title}}",
            color=SKY,
            step="6h",
            value_is_time=True,
        ),
        FAILURES,
    ],
    sections=[GLANCE, titles.WHICH, tenants.SECTION, titles.WHY, people.WHO, phishing.SECTION, people.WHERE],
    other=(HEALTH, "Exporter health"),
)

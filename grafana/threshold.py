"""The thresholds, shared with the rules of Prometheus, and the colours that stand for them.

Blue, amber and vermilion are of Okabe and Ito's palette: people who see no red or no green tell them apart, and in grey
they differ in lightness. A colour never stands alone: the number is there, and what the colour means is said.
"""

from typing import Any, Final

from prometheus.rule import THRESHOLDS

GOOD: Final = "#0072B2"
WATCH: Final = "#E69F00"
# The amber of a ground: Grafana writes on it in black, which is readable, and not in white.
WATCH_GROUND: Final = "#FFB310"
ACT: Final = "#D55E00"
PLAIN: Final = "text"

SKY: Final = "#56B4E9"
YELLOW: Final = "#F0E442"
PINK: Final = "#CC79A7"
GREY: Final = "#8E8E8E"

Steps = dict[str, Any]


def limit(name: str) -> float:
    """Return a threshold by its name in the file; KeyError if there is none."""
    return THRESHOLDS[name].value


def percent(name: str) -> str:
    """Return a threshold that is a ratio as people read it."""
    return f"{limit(name):.0%}".replace("%", " %")


def days(name: str) -> str:
    """Return a threshold in seconds as people read it."""
    return f"{limit(name) / 86_400:g} days"


def steps(*pairs: tuple[str, float | None]) -> Steps:
    """Return a field's thresholds from colours and where they begin; the first begins at None."""
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in pairs]}


def high_is_bad(amber: str, red: str | None = None) -> Steps:
    """Return the thresholds of a number that should be low; without red, amber is all there is."""
    reds = [(ACT, limit(red))] if red else []
    return steps((PLAIN, None), (GOOD, 0), (WATCH, limit(amber)), *reds)


def ground(thresholds: Steps) -> Steps:
    """Return thresholds for the ground of figures and cells, which only has a colour where somebody should look."""
    colors = {GOOD: "transparent", PLAIN: "transparent", WATCH: WATCH_GROUND}
    return {
        **thresholds,
        "steps": [{**it, "color": colors.get(it["color"], it["color"])} for it in thresholds["steps"]],
    }


# A number that is not known has the colour of the lowest step, so low numbers begin at 0 and not there.
PLAIN_STEPS: Final = steps((PLAIN, None))
BAR: Final = steps((GREY, None))
COMPLETION: Final = steps(
    (PLAIN, None), (ACT, 0), (WATCH, limit("completion_amber")), (GOOD, limit("completion_green"))
)
OVERDUE: Final = high_is_bad("overdue_amber", "overdue_red")
WATCHLIST: Final = high_is_bad("watchlist_users")
RISK: Final = high_is_bad("risk_grades")
CLICKS: Final = high_is_bad("phishing_clicks_amber", "phishing_clicks_red")
REPORTS: Final = steps((PLAIN, None), (WATCH, 0), (GOOD, limit("phishing_reports")))
AGE: Final = high_is_bad("data_age_amber", "data_age_red")
NONE_IS_GOOD: Final = steps((GOOD, None), (ACT, 1))

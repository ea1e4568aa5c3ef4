"""The SAFE score of a person: five letters from what they have done. The formula is invented, the letters are not.

Each factor is a number from 0 to 100; few deeds are evened out by some average ones:

* human error: 100, less what went wrong of what could have: a wrong answer (1 of 1), a click (2 of 2) and submitted
  data (2 more) in a simulation, evened out by 0.4 of 4;
* engagement: how soon trainings are watched (a week 1, two 0.8, four 0.55, later 0.3, on the watch list 0),
  evened out by 2 at 0.85;
* sentiment: 75, and as much more as simulations are reported, up to 25 at a third of them; less 8 for each training
  on the watch list, down to 30 less;
* knowledge: right answers of trainings watched, evened out by 3 at 0.85;
* risk: 0.4 human error + 0.3 knowledge + 0.2 engagement + 0.1 sentiment;
* letters: A from 88, B from 80, C from 71, D from 61, of what is rounded to six decimals.
"""

from dataclasses import dataclass

from exporter.simulator.people.standing import Standing

GRADES = ("A", "B", "C", "D", "F")
_BOUNDS = ((88.0, "A"), (80.0, "B"), (71.0, "C"), (61.0, "D"))


@dataclass(frozen=True, slots=True)
class Score:
    """The five letters of a person, A (best) to F, as the vendor names them."""

    risk: str
    human_error: str
    sentiment: str
    engagement: str
    knowledge: str


def score_of(standing: Standing) -> Score:
    """Return the letters of somebody who stands like this."""
    wrong = standing.incorrect + 2 * standing.clicked + 2 * standing.submitted
    human_error = max(0.0, 100 - 100 * (wrong + 0.4) / (standing.watched + 2 * standing.sent + 4))
    engagement = 100 * (standing.promptness + 1.7) / (standing.marked + 2)
    reporting = min(1.0, 3 * standing.reported / max(standing.sent, 1))
    sentiment = 75 + 25 * reporting - min(30, 8 * standing.listed)
    knowledge = 100 * (standing.correct + 2.55) / (standing.watched + 3)
    risk = 0.4 * human_error + 0.3 * knowledge + 0.2 * engagement + 0.1 * sentiment
    return Score(*(_grade(value) for value in (risk, human_error, sentiment, engagement, knowledge)))


def _grade(value: float) -> str:
    return next((grade for bound, grade in _BOUNDS if round(value, 6) >= bound), "F")

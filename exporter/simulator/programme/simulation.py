"""Phishing simulations: a lure that is sent to everybody there is, about every six weeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.simulator.programme.title import secure_id
from exporter.simulator.seed import Part, dice

DAY = 86_400
INTERVAL = 42 * DAY
_PLANNED = 30 * DAY
_NEWEST_AGE = 16 * DAY
_JITTER = 3 * DAY
# Name, sender, what opens it, and how hard it is to see through, from 0 to 1.
_LURES = (
    ("Parcel lure", "Parcel Service", "parcel", 0.7),
    ("Password expiry", "IT Service Desk", "password", 0.8),
    ("Shared document", "Document Portal", "document", 0.75),
    ("Payroll change", "Payroll", "payroll", 0.9),
    ("Voicemail", "Voice Mail System", "voicemail", 0.5),
    ("Invoice overdue", "Accounts", "invoice", 0.65),
    ("Meeting moved", "Calendar", "calendar", 0.85),
    ("Prize draw", "Lucky Draw", "prize", 0.25),
    ("Mailbox full", "Mail Administrator", "mailbox", 0.6),
    ("New dress code", "People Team", "policy", 0.8),
    ("Streaming refund", "Streaming Billing", "refund", 0.4),
    ("Travel booking", "Travel Desk", "travel", 0.55),
    ("Charity appeal", "Relief Fund", "charity", 0.35),
    ("Video call invitation", "Video Calls", "video", 0.7),
    ("Security alert", "Security Team", "alert", 0.75),
    ("Year-end bonus", "Chief Executive", "bonus", 0.95),
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """One phishing simulation; listed from `created_at` on. Moments are seconds of the epoch.

    Its mails are scheduled within the two hours after `launched_at`. After sixteen lures their names come again.
    """

    number: int
    id: str
    name: str
    template_id: str
    landing_page_id: str
    sender_name: str
    sender_address: str
    created_at: int
    launched_at: int
    difficulty: float
    time_slot: str


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when simulations are launched, seen from the present (seconds of the epoch)."""

    first: int
    present: int
    last: int


def make_simulations(seed: Part, span: Span, past: int | None) -> tuple[Simulation, ...]:
    """Return the simulations of a span, oldest first.

    About every six weeks, the newest some two weeks old; with `past` so many by the present, closer if need be.
    """
    moments = _moments(seed, span, past)
    return tuple(_simulation(seed, number, moment) for number, moment in enumerate(moments))


def _moments(seed: Part, span: Span, past: int | None) -> Iterator[int]:
    newest = span.present - _NEWEST_AGE
    fitting = max(0, newest - span.first) // INTERVAL + 1 if newest >= span.first else 0
    count = fitting if past is None else past
    step = min(INTERVAL, max(DAY, (newest - span.first) // max(count, 1)))
    for number in range(count):
        yield _working_moment(seed, number, newest - step * (count - 1 - number), min(_JITTER, step // 4))
    number, moment = count, newest + INTERVAL
    while moment <= span.last:
        yield _working_moment(seed, number, moment, _JITTER)
        number, moment = number + 1, moment + INTERVAL


def _working_moment(seed: Part, number: int, moment: int, jitter: int) -> int:
    moment += dice("simulation moment", seed, number).randint(-jitter, jitter)
    day = moment // DAY
    day -= max(0, datetime.fromtimestamp(day * DAY, UTC).weekday() - 4)
    return day * DAY + 9 * 3600 + number * 60  # no two at one moment


def _simulation(seed: Part, number: int, moment: int) -> Simulation:
    name, sender, word, difficulty = _LURES[(number + dice("lures", seed).randrange(len(_LURES))) % len(_LURES)]
    return Simulation(
        number=number,
        id=secure_id("simulation", seed, number),
        name=name,
        template_id=secure_id("template", seed, name),
        landing_page_id=secure_id("landing page", seed),
        sender_name=sender,
        sender_address=f"no-reply@{word}.example.net",
        created_at=moment - _PLANNED,
        launched_at=moment,
        difficulty=difficulty,
        time_slot=f"TZ{dice('slot', seed, number).randint(1, 4)}",
    )

"""The titles of a company: their names, secure ids, right answers and launches."""

import base64
import json
import string
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from exporter.simulator.seed import Part, dice

NAMES = (
    "Passwords",
    "Tailgating",
    "Phishing: Think Before You Click",
    "For_the_Kids",
    "Ransomware 101",
    "Business Email Compromise",
    "CEO Fraud & Wire Transfers",
    "Social Engineering by Phone",
    "Working From Home Securely",
    "Public Wi-Fi",
    "Clean Desk",
    "Lost_Laptop",
    "USB Drops",
    "Personal Data (GDPR)",
    "Shadow IT",
    "Multi-Factor Authentication",
    "Insider Threats",
    "Mobile Device Safety",
    "Safe Browsing",
    "Reporting Incidents",
    "Invoice Fraud",
    "Smishing",
    "Vishing",
    "QR Codes",
    "Deepfakes",
    "Oversharing on Social Media",
    "PCI DSS Basics",
    "HIPAA Basics",
    "Patching & Updates",
    "Cloud Storage Mistakes",
    "Travelling With Data",
    "Secure Printing",
    "Shoulder Surfing",
    "Holiday_Shopping_Scams",
    "Gift Card Scams",
    "Credential Stuffing",
    "Fake Login Pages",
    "Attachments & Macros",
    "Supply Chain Attacks",
    "Privileged Users",
    "Dumpster_Diving",
    "Video Call Etiquette",
    "Generative AI at Work",
    "Email Misdelivery",
    "Encryption, Briefly",
    "Visitors at the Door",
    "Watering Holes",
    "Zero Trust for Everyone",
)
_DAY = timedelta(days=1)
MONTH_DAYS = 30
_ID_LENGTHS = range(186, 200)
_ALPHABET = string.ascii_letters + string.digits + "-_"


@dataclass(frozen=True, slots=True)
class Title:
    """A training module of a company: one wave, launched at one moment to everyone there is.

    `launched_at` is in seconds of the epoch; `clarity` is the share of people who choose the right answer.
    """

    number: int
    name: str
    id: str
    launched_at: int
    right_answer: int
    clarity: float


def secure_id(*parts: Part) -> str:
    """Return a Mimecast secure id: base64url of zlib of `{"secureid":...}`, 186 to 199 characters, always the same."""
    random = dice("secure id", *parts)
    while True:
        inner = "".join(random.choices(_ALPHABET, k=random.randint(121, 128)))
        packed = zlib.compress(json.dumps({"secureid": inner}, separators=(",", ":")).encode(), 9)
        text = base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
        if len(text) in _ID_LENGTHS:
            return text


def launches(newest: datetime, past: int, upcoming: int, days: int = MONTH_DAYS) -> Iterator[int]:
    """Yield the launch moments of waves, oldest first: one about every so many days, on a working day at 07:00 UTC."""
    for number in range(past + upcoming):
        day = newest.astimezone(UTC) + _DAY * days * (number - past + 1)
        while day.weekday() > 4:
            day -= _DAY
        yield int(day.replace(hour=7, minute=0, second=0, microsecond=0).timestamp())


def make_titles(seed: Part, moments: Iterator[int], names: Sequence[str] = NAMES) -> tuple[Title, ...]:
    """Return one title for each launch moment; names run through all in some order, then come again with a season."""
    order = list(names)
    dice("titles", seed).shuffle(order)
    return tuple(_title(seed, number, order, moment) for number, moment in enumerate(moments))


def _title(seed: Part, number: int, order: list[str], moment: int) -> Title:
    random = dice("title", seed, number)
    season, place = divmod(number, len(order))
    name = order[place] if season == 0 else f"{order[place]}, season {season + 1}"
    return Title(number, name, secure_id(seed, number), moment, random.randint(1, 4), random.uniform(0.6, 0.95))

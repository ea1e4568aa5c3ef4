"""The endpoints about trainings: the queue, API 1.0's campaigns, and the people of one campaign."""

from exporter.simulator.answer import Answer
from exporter.simulator.endpoint.people import ACTIVE
from exporter.simulator.endpoint.question import Question
from exporter.simulator.listing import NO_SUCH_FILTER, NO_SUCH_ID, Listing, listing
from exporter.simulator.people.person import Person
from exporter.simulator.people.viewing import Viewing
from exporter.simulator.programme.launch import Group, Launch
from exporter.simulator.programme.message import gifs, message
from exporter.simulator.tenant import Tenant
from exporter.simulator.training import vendor_date

_STATUSES = {"sent": "SENT", "correct": "CORRECT", "incorrect": "INCORRECT"}
_OPTIONS = ("option-1", "option-2", "option-3", "option-4")


def queue(tenant: Tenant, question: Question) -> Listing:
    """Answer with one module for each launch, those to come too, with zeros; in no order of time."""
    launches = sorted(tenant.census.launches(question.now), key=lambda launch: launch.queue_id)
    return listing(launches, lambda launch: _module(tenant, launch, question.now))


def campaigns(tenant: Tenant, question: Question) -> Listing:
    """Answer with one campaign for each launch, those to come too, with zeros; in no order of time."""
    listed = (launch for launch in tenant.census.launches(question.now) if tenant.lists(launch.campaign_id))
    launches = sorted(listed, key=lambda launch: launch.campaign_id)
    return listing(launches, lambda launch: _campaign(tenant, launch, question.now), "campaigns")


def campaign_users(tenant: Tenant, question: Question) -> Listing | Answer:
    """Answer with everybody to whom a campaign was sent; watched without an answer is INCORRECT, which is invented."""
    launches = tenant.census.launches(question.now)
    launch = next((each for each in launches if question.id == each.campaign_id and tenant.has(question.id)), None)
    wanted = question.wanted("status")
    if launch is None:
        return NO_SUCH_ID
    if wanted is not None and wanted not in _STATUSES:
        return NO_SUCH_FILTER
    reached = tenant.census.reached(launch, question.now)
    results = ((person, _result(viewing, question.now)) for person, viewing in reached)
    fitting = tuple(_STATUSES.values()) if wanted is None else (_STATUSES[wanted],)
    rows = [(person, result) for person, result in results if result in fitting and question.lets_through(person)]
    return listing(rows, _user, "items")


def group_of(group: Group) -> dict[str, object]:
    """Return a group as the vendor tells it; recorded of it: it has no users even if there are some."""
    return {
        "id": group.id,
        "description": group.name,
        "source": "cloud" if group.departments is None else "ldap",
        "parentId": group.parent_id,
        "userCount": 0,
        "folderCount": 0,
    }


def _module(tenant: Tenant, launch: Launch, now: int) -> dict[str, object]:
    title, tally = launch.title, tenant.census.launch(launch)
    return {
        "id": launch.queue_id,
        "title": {
            "id": title.id,
            "title": title.name,
            "correctAnswer": title.right_answer,
            "defaultGifs": gifs(title),
        },
        "launchDate": vendor_date(launch.launched_at),
        "emailCustomized": False,
        "emailMsg": message(title),
        "numSent": tally.count("sent", now),
        "numCompleted": tally.count("completed", now),
        "numCorrect": tally.count("correct", now),
        "locked": launch.launched_at <= now,
        "customContentId": "",
        "assignToNewUsers": False,
        "customGifs": {},
        "customAnswer": {"answerNumber": title.right_answer, "safetyTip": "", "correctAnswer": ""},
        "optionSpread": {option: tally.count(option, now) for option in _OPTIONS},
    }


def _campaign(tenant: Tenant, launch: Launch, now: int) -> dict[str, object]:
    title, tally = launch.title, tenant.census.launch(launch)
    sent, completed, correct = (tally.count(name, now) for name in ("sent", "completed", "correct"))
    return {
        "id": launch.campaign_id,
        "name": launch.name,
        "title": {
            "id": title.id,
            "title": title.name,
            "titleForCustomModule": False,
            "correctAnswers": {"forQuestion1": title.right_answer},
            "defaultGifs": gifs(title),
        },
        "group": group_of(launch.group),
        "launchDate": vendor_date(launch.launched_at),
        "createDate": vendor_date(launch.created_at),
        "emailCustomized": False,
        "emailMsg": message(title),
        "numSent": sent,
        "numCompleted": completed,
        "allOtherCampaigns": {},
        "locked": launch.launched_at <= now,
        "percentComplete": 100 * completed // sent if sent else 0,
        "percentCorrect": 100 * correct // completed if completed else 0,
        "numCorrectAnswers": {"forQuestion1": correct},
    }


def _result(viewing: Viewing, now: int) -> str:
    if not viewing.is_watched(now):
        return "SENT"
    return "CORRECT" if viewing.is_right else "INCORRECT"


def _user(row: tuple[Person, str]) -> dict[str, object]:
    person, result = row
    return {
        "name": person.name,
        "email": person.email,
        "department": person.department.name,
        "results": {"forQuestion1": result},
        "acknowledgement": False,
        "userState": ACTIVE,
    }

"""The endpoints about phishing simulations: all of them or one, and the people of one."""

from exporter.simulator.answer import Answer
from exporter.simulator.endpoint.people import ACTIVE
from exporter.simulator.endpoint.question import Question
from exporter.simulator.endpoint.training import group_of
from exporter.simulator.listing import NO_SUCH_FILTER, NO_SUCH_ID, Listing, listing
from exporter.simulator.people.encounter import Encounter
from exporter.simulator.people.person import Person
from exporter.simulator.programme.simulation import Simulation
from exporter.simulator.tenant import Tenant
from exporter.simulator.training import vendor_date

_STATUSES = {"sent", "opened", "clicked", "submitted"}


def simulations(tenant: Tenant, question: Question) -> Listing | Answer:
    """Answer with the simulations, those to come too, with zeros, in no order of time; or with the one asked for."""
    listed = (each for each in tenant.census.simulations(question.now) if tenant.lists(each.id))
    found = sorted(listed, key=lambda simulation: simulation.id)
    if "id" in question.item:
        found = [simulation for simulation in found if simulation.id == question.id]
        if not found:
            return NO_SUCH_ID
    return listing(found, lambda simulation: _simulation(tenant, simulation, question.now))


def simulation_users(tenant: Tenant, question: Question) -> Listing | Answer:
    """Answer with everybody to whom a simulation was sent; `filterBy` status wants one status."""
    found = tenant.census.simulations(question.now)
    simulation = next((each for each in found if each.id == question.id and tenant.has(each.id)), None)
    wanted = question.wanted("status")
    if simulation is None:
        return NO_SUCH_ID
    if wanted is not None and wanted not in _STATUSES:
        return NO_SUCH_FILTER
    rows = [
        (person, encounter)
        for person, encounter in tenant.census.lured(simulation, question.now)
        if wanted in (None, encounter.status(question.now).lower()) and question.lets_through(person)
    ]
    return listing(rows, lambda row: _user(tenant, row, question.now), "items")


def _simulation(tenant: Tenant, simulation: Simulation, now: int) -> dict[str, object]:
    tally = tenant.census.simulation(simulation)
    return {
        "id": simulation.id,
        "name": simulation.name,
        "templates": [{"id": simulation.template_id, "displayTitle": simulation.name}],
        "sender": {"name": simulation.sender_name, "email": simulation.sender_address},
        "landingPage": {"id": simulation.landing_page_id, "name": "Oh no, you clicked"},
        "group": group_of(tenant.company.everybody),
        "launchDate": vendor_date(simulation.launched_at),
        "locale": "en",
        "timeSlotSelected": simulation.time_slot,
        "numSent": tally.count("sent", now),
        "numOpened": tally.count("opened", now),
        "numClicked": tally.count("clicked", now),
        "numSubmitted": tally.count("submitted", now),
        "numReported": tally.count("reported", now),
        "locked": simulation.launched_at <= now,
    }


def _user(tenant: Tenant, row: tuple[Person, Encounter], now: int) -> dict[str, object]:
    person, encounter = row
    standing = tenant.census.standing(person, now)
    return {
        "name": person.name,
        "email": person.email,
        "department": person.department.name,
        "templateName": encounter.simulation.name,
        "status": encounter.status(now),
        "numCampaignsSent": standing.sent,
        "numCampaignsClicked": standing.clicked,
        "numTrainingModulesAssigned": standing.assigned,
        "numCorrectAnswers": standing.correct,
        "numIncorrectAnswers": standing.incorrect,
        "userState": ACTIVE,
        "timeScheduled": vendor_date(encounter.scheduled_at),
        **_scanned(encounter, standing.scanned, standing.scanner_clicked, now),
        **_times(encounter, now),
    }


def _times(encounter: Encounter, now: int) -> dict[str, object]:
    """Return what has happened; `reactionTime` is taken to be seconds from scheduled to clicked, as in the example."""
    moments = {
        "timeOpened": encounter.opened_at,
        "timeClicked": encounter.clicked_at,
        "timeSubmitted": encounter.submitted_at,
        "timeReported": encounter.reported_at,
    }
    happened = {name: moment for name, moment in moments.items() if moment is not None and moment <= now}
    clicked = happened.get("timeClicked")
    reaction = {} if clicked is None else {
        "clickedIp": encounter.clicked_ip,
        "reactionTime": clicked - encounter.scheduled_at,
    }  # fmt: skip
    return {name: vendor_date(moment) for name, moment in happened.items()} | reaction


def _scanned(encounter: Encounter, scanned: int, clicked: int, now: int) -> dict[str, object]:
    """Return what scanners have done: with this mail, and with how many of the person's simulations."""
    at = encounter.scanned_at
    return {
        **({"timeScanned": vendor_date(at)} if at is not None and at <= now else {}),
        **({"numCampaignsScanned": scanned} if scanned else {}),
        **({"numCampaignsClickedScanned": clicked} if clicked else {}),
    }

"""A naive client of every endpoint, and the shapes that their documents should have."""

import json
from dataclasses import dataclass, field
from typing import Any

from naive_client import Reply, ask, bearer, signed, token_of, unpacked

from exporter.simulator import KINDS, ROOT, Simulator, Tenant

LISTS = {
    "phishing/campaign/get-user-data": "phishing/campaign/get-campaign",
    "campaign/get-user-data": "campaign/get-campaigns",
}
PAGED = [path.removeprefix(ROOT) for path, kind in KINDS.items() if kind == "paged"]


@dataclass
class Survey:
    """Asks one tenant, as the exporter should."""

    simulator: Simulator
    tenant: Tenant
    token: str = field(default="")

    def send(self, name: str, document: object) -> Reply:
        """Ask an endpoint with any document."""
        path = ROOT + name
        if self.tenant.options.api == 2:
            self.token = self.token or token_of(self.tenant)
            headers = bearer(self.token)
        else:
            headers = signed(self.simulator, self.tenant, path)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return ask(self.tenant, headers, body, path)

    def whole(self, name: str, item: object = None) -> Any:
        """Return `data` of an endpoint without pages."""
        return right(self.send(name, {"data": [] if item is None else [item]}))["data"]

    def page(self, name: str, token: str = "", item: object = None, size: int = 500) -> Any:
        """Return a document of an endpoint with pages."""
        return right(self.send(name, question(token, item, size)))

    def rows(self, name: str, item: object = None, size: int = 500) -> list[Any]:
        """Return the rows of all pages, wherever they are nested."""
        found, token = [], ""
        while True:
            document = self.page(name, token, item, size)
            found += unnested(document["data"])
            following = document["meta"]["pagination"].get("next")
            if following is None:
                return found
            token = following["pageToken"] if isinstance(following, dict) else following

    def campaigns(self) -> list[Any]:
        """Return the training campaigns."""
        rows: list[Any] = self.whole("campaign/get-campaigns")[0]["campaigns"]
        return rows

    def any_id(self, name: str) -> str:
        """Return the id of a campaign of which an endpoint has people."""
        data = self.whole(LISTS[name])
        identifier: str = next(row["id"] for row in data[0].get("campaigns", data) if row["numSent"])
        return identifier


def question(token: str = "", item: object = None, size: int = 500) -> dict[str, object]:
    pagination = {"pageSize": size, **({"pageToken": token} if token else {})}
    return {"meta": {"pagination": pagination}, "data": [] if item is None else [item]}


def right(reply: Reply) -> Any:
    document = json.loads(unpacked(reply))
    assert (200, 200, []) == (reply.status, document["meta"]["status"], document["fail"])
    return document


def unnested(data: list[Any]) -> list[Any]:
    return [row for each in data for row in each["items"]] if data and set(data[0]) == {"items"} else data

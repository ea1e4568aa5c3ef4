import pytest
from naive_client import ask, ask_token, bearer, token_of

from exporter.simulator import TOKEN_PATH, Simulator


def test_token_opens_the_data() -> None:
    """A token lives 1800 seconds, is of type Bearer, and gets an answer without any other header of the vendor's."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=3)
        token = ask_token(tenant).json()
        assert ("Bearer", 1800) == (token["token_type"], token["expires_in"])
        assert 3 == len(ask(tenant, bearer(token["access_token"])).json()["data"])
    assert () == simulator.violations


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_wrong_client(field: str) -> None:
    """A wrong client id or secret is refused with 401 and invalid_client."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        reply = ask_token(tenant, **{field: "wrong"})
    assert (401, "invalid_client") == (reply.status, reply.json()["error"])


def test_wrong_grant() -> None:
    """Another grant type is refused with 400."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        reply = ask_token(tenant, grant_type="password")
    assert (400, "unsupported_grant_type") == (reply.status, reply.json()["error"])


def test_expired_token() -> None:
    """A token ends when its time has passed, in the flat form of a failure."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1, expires_in=60)
        token = token_of(tenant)
        simulator.clock.advance(59)
        assert 200 == ask(tenant, bearer(token)).status
        simulator.clock.advance(1)
        reply = ask(tenant, bearer(token))
    assert (401, "token_expired") == (reply.status, reply.code())


def test_revoked_token() -> None:
    """A revoked token is refused, a new one is not."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        token = token_of(tenant)
        tenant.revoke_tokens()
        assert "token_expired" == ask(tenant, bearer(token)).code()
        assert 200 == ask(tenant, bearer(token_of(tenant))).status


def test_unknown_token() -> None:
    """A token that was never given out is unauthorized."""
    with Simulator(strict=True) as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        assert (401, "unauthorized") == ((reply := ask(tenant, bearer("made-up"))).status, reply.code())


def test_unknown_path() -> None:
    """With a token, a path that no product has is forbidden to the application."""
    with Simulator() as simulator:
        tenant = simulator.add_tenant("globex", api=2, users=1)
        reply = ask(tenant, bearer(token_of(tenant)), path="/api/awareness-training/other")
    assert (403, "app_forbidden") == (reply.status, reply.code())


def test_tenants_are_told_apart() -> None:
    """Each tenant of one port gets its own people, and is counted apart."""
    with Simulator(strict=True) as simulator:
        one, two = (simulator.add_tenant(name, api=2, users=users) for name, users in (("one", 1), ("two", 2)))
        assert 2 == len(ask(two, bearer(token_of(two))).json()["data"])
        assert 1 == len(ask(one, bearer(token_of(one))).json()["data"])
    assert (2, 1, 4) == (simulator.calls("one"), simulator.calls("two", TOKEN_PATH), simulator.calls())

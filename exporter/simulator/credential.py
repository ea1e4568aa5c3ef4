"""Credentials of invented tenants, deterministic by seed and shaped like real ones."""

import base64
import string
import uuid
from random import Random

from exporter.simulator.seed import dice

_WORD = string.ascii_letters + string.digits


def signed_credentials(seed: int, tenant: str) -> dict[str, str]:
    """Return the four values of API 1.0; the secret key is base64 of 64 bytes."""
    random = dice("credentials", seed, tenant)
    return {
        "application_id": _guid(random),
        "application_key": _guid(random),
        "access_key": "".join(random.choices(_WORD + "-_", k=150)),
        "secret_key": base64.b64encode(random.randbytes(64)).decode(),
    }


def client_credentials(seed: int, tenant: str) -> dict[str, str]:
    """Return the two values of API 2.0."""
    random = dice("credentials", seed, tenant)
    return {
        "client_id": "".join(random.choices(_WORD, k=48)),
        "client_secret": "".join(random.choices(_WORD, k=96)),
    }


def _guid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

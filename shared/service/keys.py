"""Checks the key set whose tokens are accepted, once at the start."""

import json
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

DEVELOPMENT = "holdfast-development-"
"""How the id of every key begins that a sandbox made for itself; anybody who has the checkout can sign with it."""

_SECRET = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
"""Members of a JWK that only the signer may know (RFC 7518)."""


def faults(path: Path, *, sandbox: bool) -> list[str]:
    """What is wrong with the file of public keys, one sentence each; empty means that it can be used.

    A sandbox may trust the key that it made for itself, production never does.
    """
    try:
        found = json.loads(path.read_text())
        keys: list[dict[str, Any]] = [dict(key) for key in found["keys"]]
        if not keys:
            return [f"{path} holds no key"]
        KeySet.import_key_set(found)
    except OSError as error:
        return [f"{path} can't be read: {error.strerror}"]
    except (JoseError, ValueError, TypeError, KeyError):
        return [f"{path} is no JSON Web Key Set"]
    wrong: list[str] = []
    for key in keys:
        name = key.get("kid")
        if _SECRET & key.keys() or key.get("kty") == "oct":
            wrong.append(f"{path} holds the private part of key {name}: give the services public keys only")
        if not sandbox and (not isinstance(name, str) or not name):
            wrong.append(f"{path} holds a key without an id (kid)")
        elif not sandbox and str(name).startswith(DEVELOPMENT):
            wrong.append(f"{path} holds {name}, a sandbox's development key: production trusts its own provider's keys")
    return wrong

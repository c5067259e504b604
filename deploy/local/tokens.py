"""The sandbox's own identity provider: a development key, and tokens as the real provider would issue them."""

import json
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet, OKPKey

from deploy.local.layout import Layout
from deploy.local.passwords import write_private
from shared.service.keys import DEVELOPMENT
from shared.service.settings import SANDBOX_ISSUER

ISSUER = SANDBOX_ISSUER
AUDIENCE = "market"
ALGORITHM = "EdDSA"
"""The name that every JWT library knows; RFC 9864 would like Ed25519."""


def make_keys(layout: Layout) -> None:
    """Make the private key once; the public key set follows from it.

    Its id says that it is a development key, so that a production can refuse it. One without such an id is replaced.
    """
    if not layout.private_key.exists() or not str(_key(layout.private_key).kid).startswith(DEVELOPMENT):
        key = OKPKey.generate_key("Ed25519", parameters={"use": "sig", "alg": ALGORITHM})
        named = {**key.as_dict(private=True), "kid": f"{DEVELOPMENT}{key.thumbprint()}"}
        write_private(layout.private_key, json.dumps(named) + "\n")
    public = KeySet([_key(layout.private_key)]).as_dict(private=False)
    write_private(layout.public_keys, json.dumps(public) + "\n")


def mint(key_path: Path, sub: str, roles: Sequence[str], ttl_seconds: int, **claims: object) -> str:
    """A token of `sub`, who has just logged in with a confirmed e-mail address and phone number."""
    key = _key(key_path)
    now = int(time.time())
    body: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": sub,
        "roles": list(roles),
        "iat": now,
        "exp": now + ttl_seconds,
        "auth_time": now,
        "email_verified": True,
        "mobile_verified": True,
        "locale": "en",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return str(jwt.encode({"alg": ALGORITHM, "kid": key.kid}, {**body, **claims}, key, algorithms=[ALGORITHM]))


def _key(path: Path) -> OKPKey:
    return OKPKey.import_key(json.loads(path.read_text()))

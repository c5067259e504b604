"""The caller: a JWT from the identity provider, one algorithm, audience, issuer and expiry checked (architecture 3)."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet

from shared.actor import Actor
from shared.clock import real_now
from shared.http.problems import RefusedError
from shared.refusals import Refusal

ALGORITHM = "EdDSA"
LEEWAY_SECONDS = 60
REMEMBERED = 5000
ROLES = frozenset({"user", "support", "operator", "service"})
FRESH = timedelta(minutes=5)
TOKEN_LENGTH_MAX = 8192
SUBJECT_LENGTH_MAX = 128


@dataclass(frozen=True, slots=True)
class Caller:
    """The account of a token, with its roles and claims."""

    sub: str
    roles: frozenset[str]
    acts_for: str | None
    auth_time: datetime | None
    expires_at: datetime

    @property
    def user(self) -> str:
        """The account whose orders, sales and money are meant: an assistant acts for exactly one seller."""
        return self.acts_for or self.sub

    def has(self, role: str) -> bool:
        """Whether the token gives this role."""
        return role in self.roles

    @property
    def actor(self) -> Actor:
        """The caller as commands and queries know them."""
        acting_for = self.acts_for if self.acts_for != self.sub else None
        return Actor(self.sub, "support" if self.has("support") and self.acts_for is None else "user", acting_for)

    def is_fresh(self) -> bool:
        """Whether the person has proved who they are within the last five minutes (money out needs it)."""
        return self.auth_time is not None and real_now() - self.auth_time < FRESH


class Tokens:
    """Checks tokens against the public keys of the installation; a checked token is remembered until it expires."""

    def __init__(self, keys: Path, issuer: str, audience: str) -> None:
        self._keys = KeySet.import_key_set(json.loads(keys.read_text()))
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._known: dict[str, Caller] = {}

    def caller(self, authorization: str | None) -> Caller | None:
        """The caller of an Authorization header, None without one. Raises RefusedError for a bad one (401)."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > TOKEN_LENGTH_MAX or not token.isascii():
            raise RefusedError(Refusal.UNAUTHENTICATED)
        known = self._known.get(token)
        if known is None:
            known = self._check(token)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[token] = known
        if known.expires_at <= real_now() - timedelta(seconds=LEEWAY_SECONDS):
            raise RefusedError(Refusal.UNAUTHENTICATED)
        return known

    def _check(self, token: str) -> Caller:
        try:
            with warnings.catch_warnings():  # EdDSA is what providers write; RFC 9864's new name is not in use yet
                warnings.simplefilter("ignore", SecurityWarning)
                claims = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            return _caller(claims)
        except (JoseError, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
            raise RefusedError(Refusal.UNAUTHENTICATED) from None


def _caller(claims: Mapping[str, Any]) -> Caller:
    sub, acts_for = claims["sub"], claims.get("acts_for")
    for name in (sub,) if acts_for is None else (sub, acts_for):
        if not isinstance(name, str) or not 0 < len(name) <= SUBJECT_LENGTH_MAX or not name.isprintable():
            raise ValueError("sub")
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise TypeError("roles")
    auth_time = claims.get("auth_time")
    return Caller(
        sub=sub,
        roles=frozenset(roles) & ROLES,
        acts_for=acts_for if acts_for != sub else None,
        auth_time=datetime.fromtimestamp(int(auth_time), UTC) if auth_time is not None else None,
        expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
    )

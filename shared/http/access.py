"""Who may use a route or a parameter: declared once with the route, enforced from there, shown in its document.

anyone: no token; user: any account, for what is its own; buyer, seller: that side of the object; self: the account in
the path or parameter; assistant: beside these also somebody who acts for a seller; support, operator: the role in the
token; provider: whoever holds the signing secret.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from shared.http.auth import Caller
from shared.refusals import Refusal, RefusalCode

Who = Literal["anyone", "user", "self", "buyer", "seller", "assistant", "support", "operator", "provider"]
OPEN = frozenset({"anyone", "provider"})
ROLES = frozenset({"support", "operator"})
OWNERS = frozenset({"user", "buyer", "seller"})
"""Those whose right depends on the object: only the command or query that finds it can judge."""
TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
"""How a query says yes, as pydantic reads it."""


def allowed(*who: Who, given: Mapping[str, Iterable[Who]] | None = None) -> dict[str, Any]:
    """The `openapi_extra` of a route for these.

    `given` names query parameters and fields of the body that only some of them may send: `name`, or `name=value` for
    one of its values.
    """
    narrower = {name: list(only) for name, only in (given or {}).items()}
    return {"x-allowed": list(who), **({"x-allowed-given": narrower} if narrower else {})}


def refusal(who: frozenset[str], caller: Caller | None, subject: str | None) -> RefusalCode | None:
    """Why this caller may not use a route for these at all; None if they may, or if the object decides (rules 1.4).

    `subject` is the account in the route's path, if there is one. An assistant, who acts for a seller, may use only
    what is declared for assistants, whatever other roles the token has.
    """
    if who & OPEN:
        return None
    if caller is None:
        return Refusal.UNAUTHENTICATED
    if caller.acts_for is not None and "assistant" not in who:
        return Refusal.FORBIDDEN
    is_meant = bool(who & OWNERS) or any(caller.has(role) for role in who & ROLES)
    return None if is_meant or ("self" in who and subject == caller.user) else Refusal.FORBIDDEN


def refusal_of_given(extra: Mapping[str, Any], caller: Caller | None, sent: Mapping[str, Any]) -> RefusalCode | None:
    """Why this caller may not send one of these parameters or fields, by the route's `allowed`; None if they may."""
    for condition, only in extra.get("x-allowed-given", {}).items():
        name, _, value = condition.partition("=")
        found = sent.get(name)
        is_meant = found is not None and (not value or found == value or (value == "true" and _is_true(found)))
        if is_meant and (denied := refusal(frozenset(only), caller, str(found))) is not None:
            return denied
    return None


def _is_true(value: object) -> bool:
    return str(value).lower() in TRUE

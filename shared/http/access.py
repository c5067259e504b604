"""Who may use a route: declared once with the route, enforced from there, `x-allowed` in its document.

anyone: no token; user: any account, for what is its own; buyer, seller: that side of the object; self: the account in
the path; assistant: beside these also somebody who acts for a seller; support, operator: the role in the token;
provider: whoever holds the signing secret.
"""

from typing import Any, Literal

from shared.http.auth import Caller
from shared.refusals import Refusal, RefusalCode

Who = Literal["anyone", "user", "self", "buyer", "seller", "assistant", "support", "operator", "provider"]
OPEN = frozenset({"anyone", "provider"})
ROLES = frozenset({"support", "operator"})
OWNERS = frozenset({"user", "buyer", "seller"})
"""Those whose right depends on the object: only the command or query that finds it can judge."""


def allowed(*who: Who) -> dict[str, Any]:
    """The `openapi_extra` of a route for these."""
    return {"x-allowed": list(who)}


def refusal(who: frozenset[str], caller: Caller | None, subject: str | None) -> RefusalCode | None:
    """Why this caller may not ask a route for these at all; None if they may, or if the object decides (rules 1.4).

    `subject` is the account in the route's path, if there is one. An assistant, who acts for a seller, may ask only
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

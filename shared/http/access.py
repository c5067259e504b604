"""Who a route is for, told in its OpenAPI document as `x-allowed`; the authorization matrix is tested from it.

anyone: no token; user: any account, for what is its own; buyer, seller: that side of the object; support, operator:
the role in the token; provider: whoever holds the signing secret.
"""

from typing import Any, Literal

Who = Literal["anyone", "user", "buyer", "seller", "support", "operator", "provider"]


def allowed(*who: Who) -> dict[str, Any]:
    """The `openapi_extra` of a route for these."""
    return {"x-allowed": list(who)}

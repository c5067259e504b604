"""Who may send a parameter or a field is declared with the route and enforced from there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.services import SERVICES
from shared.http.access import allowed, refusal_of_given
from shared.http.auth import Caller
from tests.support.documents import operations

GIVEN = {"buyer": ("support",), "user": ("self", "support"), "mine=true": ("user",), "kind=note": ("support",)}
EXTRA = allowed("anyone", given=GIVEN)  # type: ignore[arg-type]


def caller(*roles: str, acts_for: str | None = None) -> Caller:
    """Somebody called ann with these roles."""
    return Caller("ann", frozenset(roles), acts_for, None, datetime(2026, 3, 2, tzinfo=UTC))


ANN, SUPPORT, HELPER = caller("user"), caller("support"), caller("user", "support", acts_for="bob")


class TestWhoMaySendWhat:
    @pytest.mark.parametrize(
        ("who", "sent", "code"),
        [
            (ANN, {}, None),
            (ANN, {"buyer": "ann"}, "forbidden"),
            (ANN, {"buyer": ""}, "forbidden"),
            (ANN, {"buyer": "false"}, "forbidden"),
            (SUPPORT, {"buyer": "ann"}, None),
            (HELPER, {"buyer": "bob"}, "forbidden"),
            (ANN, {"user": "ann"}, None),
            (ANN, {"user": "bob"}, "forbidden"),
            (SUPPORT, {"user": "bob"}, None),
            (None, {"mine": "false"}, None),
            (None, {"mine": "on"}, "unauthenticated"),
            (ANN, {"mine": "TRUE"}, None),
            (ANN, {"kind": "report"}, None),
            (ANN, {"kind": ["note"]}, None),
            (ANN, {"kind": "note"}, "forbidden"),
        ],
    )
    def test_only_those_who_are_named(self, who: Caller | None, sent: Mapping[str, Any], code: str | None) -> None:
        assert refusal_of_given(EXTRA, who, sent) == code


class TestDoTheDocumentsSayIt:
    def test_every_condition_names_a_parameter_or_a_field_of_its_route(self) -> None:
        named = {str(each): {*each.given} for service in SERVICES for each in operations(service) if each.given}
        assert named == {
            "GET /v1/orders": {"buyer", "seller", "as=buyer"},
            "GET /v1/orders/summary": {"buyer", "seller", "as=buyer"},
            "GET /v1/listings": {"mine=true"},
            "GET /v1/support/messages": {"user"},
            "GET /v1/payments": {"buyer"},
            "GET /v1/balance": {"user"},
            "GET /v1/balance/entries": {"user"},
            "POST /v1/conversations": {"as=buyer"},
            "POST /v1/conduct/{user}/flags": {"kind=duplicate_listing", "kind=off_site_offer"},
        }

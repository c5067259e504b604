"""Enumerations of the API document that are made from the rules: actions, reasons, deadlines."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import WithJsonSchema

from services.orders.domain.actions import BUYER, SELLER, SUPPORT
from services.orders.domain.policy import BUYER_REASONS, SELLER_REASONS
from shared.http.fields import ReasonText

DeadlineKind = Literal["D1", "D2", "D3", "D4", "D5", "D6", "D7"]
ActionName = StrEnum("ActionName", {name: name for name in (*BUYER, *SELLER, *SUPPORT)})  # type: ignore[misc]
BuyerReason = StrEnum("BuyerReason", {name: name for name in sorted(BUYER_REASONS)})  # type: ignore[misc]

BuyerReasonIn = Annotated[ReasonText, WithJsonSchema({"type": "string", "enum": sorted(BUYER_REASONS)})]
"""A reason that the table judges, so that a wrong one is refused by its own name."""
SellerReasonIn = Annotated[ReasonText, WithJsonSchema({"type": "string", "enum": sorted(SELLER_REASONS)})]

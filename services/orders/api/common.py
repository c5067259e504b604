"""What the routes of orders share: numbers in paths, the codes that any command may answer, the order of a path."""

from typing import Annotated

from fastapi import Path

from services.orders import queries
from services.orders.commands import orders
from services.orders.domain.request import Role
from services.orders.schemas.listings import LISTING_ID
from services.orders.schemas.orders import order_view
from services.orders.unit_of_work import OrdersWork
from shared.http.auth import Caller
from shared.http.conditions import Thing
from shared.refusals import Refusal

R = Refusal
OrderNumber = Annotated[str, Path(max_length=64, examples=["K5657777893"])]
ListingId = Annotated[str, Path(pattern=LISTING_ID)]
OF_ORDER = (R.ORDER_NOT_FOUND, R.NOT_A_PARTY, R.ACCOUNT_SUSPENDED, R.WRONG_STATUS, R.DEADLINE_PASSED)


def the_order(caller: Caller, number: str, role: Role) -> Thing[OrdersWork, queries.OrderSeen]:
    """The order of a path, for somebody who performs an action of this side."""
    return Thing(
        lambda session: queries.order_of(session, number, caller.actor, role),
        order_view,
        lambda work: orders.lock(work, number),
    )

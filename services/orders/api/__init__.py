"""HTTP of orders: paths, bodies and callers; commands run in the command executor, `shared.http.executor`."""

from fastapi import APIRouter

from services.orders.api import actions, catalogue, hand_over, listings, lists, orders, reviews

router = APIRouter()
for part in (catalogue, listings, lists, orders, actions, hand_over, reviews):
    router.include_router(part.router)

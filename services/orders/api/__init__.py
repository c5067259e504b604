"""HTTP of orders: paths, bodies and callers; commands run in the command executor, `shared.http.executor`."""

from fastapi import APIRouter

from services.orders.api import actions, catalogue, listings, lists, orders, reviews

router = APIRouter()
for part in (catalogue.router, listings.router, lists.router, orders.router, actions.router, reviews.router):
    router.include_router(part)

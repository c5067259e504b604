"""HTTP of orders: path, body, who asks; everything else is behind the door."""

from fastapi import APIRouter

from services.orders.api import actions, catalogue, listings, lists, orders, reviews

router = APIRouter()
for part in (catalogue.router, listings.router, lists.router, orders.router, actions.router, reviews.router):
    router.include_router(part)

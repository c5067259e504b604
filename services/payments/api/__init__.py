"""The routes of payments: path, who may call it, body, and the one command or query that answers."""

from fastapi import APIRouter

from services.payments.api import adjustments, claims, lists, money, paying, review_queue, top_ups, webhooks
from shared.http.strict import StrictRoute

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["payments"])
for each in (lists, paying, webhooks, money, review_queue, claims, adjustments, top_ups):
    router.include_router(each.router)

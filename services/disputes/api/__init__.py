"""HTTP of disputes and conduct: path, body, who asks; everything else is behind the door."""

from fastapi import APIRouter

from services.disputes.api import cases, conduct

router = APIRouter()
for part in (cases.router, conduct.router):
    router.include_router(part)

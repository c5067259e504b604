"""HTTP of disputes and conduct: paths, bodies and callers; commands run in the command executor."""

from fastapi import APIRouter

from services.disputes.api import cases, conduct

router = APIRouter()
for part in (cases.router, conduct.router):
    router.include_router(part)

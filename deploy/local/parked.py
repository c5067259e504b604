"""Every parked message of every service in one list: what an operator has to decide about (docs/runbooks/parked.md)."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2

from deploy.local.stack import LocalStack
from deploy.local.tokens import mint
from deploy.services import SERVICES

TOKEN_SECONDS = 60
ANSWER_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Parked:
    """One message that could not be handled."""

    service: str
    id: int
    message_id: str
    event: str
    subject: str
    since: str
    attempts: int
    error: str


def look(stack: LocalStack) -> tuple[list[Parked], dict[str, str]]:
    """All of them, oldest first per service, and which services could not be asked and why."""
    token = mint(stack.layout.private_key, "make-parked", ["operator"], TOKEN_SECONDS)
    headers, found, silent = {"Authorization": f"Bearer {token}"}, list[Parked](), dict[str, str]()
    with httpx2.Client(base_url=stack.url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        for service in SERVICES:
            try:
                found += _of(client, service)
            except httpx2.HTTPError as error:
                silent[service] = str(error)
    return found, silent


def lines(found: list[Parked]) -> list[str]:
    """The list for a person: of each message where it is, what it is about, and what went wrong."""
    lines = list[str]()
    for each in found:
        about = f" about {each.subject}" if each.subject else ""
        tries = "1 try" if each.attempts == 1 else f"{each.attempts} tries"
        lines += [
            f"{each.service} {each.id}: {each.event}{about}, kept since {each.since}, {tries}",
            f"    message {each.message_id}",
            f"    {each.error[:300]}",
        ]
    return lines


def _of(client: httpx2.Client, service: str) -> Iterator[Parked]:
    path, cursor = f"/v1/ops/{service}/parked", ""
    while True:
        answer = client.get(path, params={"limit": "100", **({"cursor": cursor} if cursor else {})})
        answer.raise_for_status()
        page = answer.json()
        for each in page["items"]:
            about, names = each["headers"].get("ce-subject", ""), ("message_id", "event", "attempts", "error")
            own = {name: each[name] for name in names}
            yield Parked(service=service, id=each["id"], subject=str(about), since=each["kept_at"], **own)
        cursor = page["next_cursor"]
        if not cursor:
            return

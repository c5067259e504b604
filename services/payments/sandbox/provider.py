"""The built-in provider of play money: its methods, and how it signs and writes its webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from standardwebhooks import Webhook

from services.payments.domain.attempt import Attempt, AttemptAction, Failure
from services.payments.domain.catalogue import offered_by
from services.payments.domain.ledger import POSTING_MAX
from services.payments.domain.methods import Method
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.providers import Begun, Message, Signatures
from services.payments.sandbox import instructions
from services.payments.sandbox.bank import Bank
from shared.clock import real_now
from shared.http import strict
from shared.http.problems import RefusedError
from shared.money import minor_units

EVENT_TYPES = {
    AttemptAction.AUTHORISE: "payment.authorised",
    AttemptAction.CAPTURE: "payment.captured",
    AttemptAction.FAIL: "payment.failed",
    AttemptAction.VOID: "payment.voided",
    AttemptAction.CHARGE_BACK: "payment.charged_back",
}
"""What the provider calls each action in its messages."""
NAME = "sandbox"
REASON_LENGTH_MAX = 200

_ACTIONS = {name: action for action, name in EVENT_TYPES.items()}
_MONEY = frozenset({AttemptAction.CAPTURE, AttemptAction.CHARGE_BACK})


class _Event(BaseModel):
    """What every message has; events that move no money need nothing else."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: str
    data: Any = None


class _About(BaseModel):
    """Which attempt it is about, and why; a reference or reason that can't be read counts as none."""

    model_config = ConfigDict(strict=True, extra="ignore")

    reference: Any = None
    reason: Any = None


class _Money(_About):
    """How much, in any currency that has the form of a code: the rules judge whether it fits."""

    transaction_id: str = Field(min_length=1, max_length=200)
    amount: int = Field(gt=0, le=POSTING_MAX)
    currency: str = Field(pattern="^[A-Z]{3}$")


class SandboxMessages:
    """The built-in provider's messages: how they are signed, checked and read."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        """Sign with the first of the secrets, accept all."""
        self._newest = Webhook(secrets[0])
        self._signatures = Signatures(secrets)

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """The event id of a webhook that this provider signed; raises RefusedError for any other (401)."""
        return self._signatures.check(headers, body)

    def read(self, event_id: str, body: bytes) -> ProviderEvent | Unreadable | None:
        """What the message reports about one attempt; None for an unknown type of event."""
        try:
            message = _Event.model_validate(strict.parse(body))
            action = _ACTIONS.get(message.type)
            if action is None:
                return None
            if action in _MONEY:
                money = _Money.model_validate(message.data)
                amount = (money.transaction_id, money.amount, money.currency, _reason(action, money.reason))
                return ProviderEvent(NAME, event_id, action, _uuid(money.reference), *amount)
            about = _About.model_validate(message.data)
        except (ValidationError, RefusedError):
            return Unreadable(NAME, event_id, body)
        return ProviderEvent(NAME, event_id, action, _uuid(about.reference), "", 0, "", _reason(action, about.reason))

    def signed(self, event_id: str, body: bytes) -> dict[str, str]:
        """The headers of a webhook with this body, signed now."""
        now = real_now()
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._newest.sign(event_id, now, body.decode()),
            "content-type": "application/json",
        }


class SandboxProvider(SandboxMessages):
    """The provider that every sandbox has; whoever uses the sandbox decides what the buyer's bank does."""

    name: str = NAME
    methods: tuple[Method, ...] = offered_by(NAME)
    minor_units: Mapping[str, int] = minor_units()

    def __init__(self, secrets: tuple[str, ...], public_url: str, bank: Bank) -> None:
        """`public_url` is the gateway's base URL."""
        super().__init__(secrets)
        self.public_url, self.bank, self.secret = public_url, bank, secrets[0]

    async def create(self, attempt: Attempt, details: Mapping[str, str]) -> Begun:  # noqa: ARG002 - play money needs none
        """Begin an attempt; the buyer goes on to the page where a real provider would take the card.

        What is scanned, typed in or transferred to can also be shown elsewhere.
        """
        if not await self.bank.begin(attempt):
            return Begun(None, "risk_blocked")
        also = {name: value for name, value in asdict(instructions.of(attempt)).items() if value is not None}
        return Begun({"redirect_url": f"{self.public_url}/v1/sandbox/payments/{attempt.id}", **also})

    async def void(self, attempt: Attempt) -> bool:
        """Give a hold back."""
        return await self.bank.void(attempt.id)

    async def fetch(self, attempt: Attempt) -> Sequence[Message] | None:
        """What the bank knows of an attempt."""
        return await self.bank.messages(attempt.id)


def _reason(action: AttemptAction, given: Any) -> str | None:
    """Why it failed or was charged back, as far as the rules know such a reason."""
    if action is AttemptAction.CHARGE_BACK:
        return given if isinstance(given, str) and given.strip() and len(given) <= REASON_LENGTH_MAX else None
    return given if given in get_args(Failure) else None


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None

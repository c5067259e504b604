"""What a transaction passes on to the sockets of chat's instances after its commit; nothing of it is stored."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chat.domain.conversation import Conversation, Message, shown
from services.chat.domain.session import at_side
from shared.clock import written
from shared.messaging.live import Frame


class Live:
    """The live frames of one transaction. Each names the sides (`at_side`) that it is for."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def message(self, conversation: Conversation, message: Message) -> None:
        """A message was written in this conversation, as it was before; a frame that is lost is read from the database.

        `since` is when the conversation went on before: a session that was opened later has missed nothing.
        """
        content = {
            "conversation_id": str(message.conversation_id),
            "seq": message.seq,
            "id": str(message.id),
            "client_id": message.client_id,
            "from": shown(message.sender),
            "text": message.text,
            "attachments": [str(each) for each in message.attachments],
            "auto": message.auto,
            "at": written(message.at),
        }
        self._add("message", _parties(conversation), **content)
        self.frames[-1]["since"] = conversation.active_at.isoformat()

    def read(self, conversation: Conversation, by: str, seq: int) -> None:
        """A party has read up to this message."""
        self._add("read", _parties(conversation), conversation_id=str(conversation.id), by=shown(by), seq=seq)

    def typing(self, conversation_id: UUID, by: str, recipient: str) -> None:
        """A party is writing."""
        self._add("typing", (recipient,), conversation_id=str(conversation_id), **{"from": shown(by)})

    def presence(self, partners: Collection[str], account: str, last_seen: datetime | None) -> None:
        """An account came (without a time), or went."""
        at = written(last_seen) if last_seen is not None else None
        self._add("presence", partners, user=account, online=last_seen is None, last_seen=at)

    def order(self, sides: Collection[str], **content: Any) -> None:
        """An order has another status."""
        self._add("order", sides, **content)

    def close_person(self, user: str) -> None:
        """The sockets of a person are closed: they need new tickets."""
        self.frames.append({"type": "close", "user": user})

    def close_account(self, account: str) -> None:
        """An account is suspended: its sockets, and those of its assistants, are closed."""
        self.frames.append({"type": "suspended", "account": account})

    def _add(self, kind: str, accounts: Collection[str], **content: Any) -> None:
        if accounts:
            self.frames.append({"to": list(accounts), "type": kind, "frame": {"type": kind, **content}})


def _parties(conversation: Conversation) -> tuple[str, str]:
    return at_side("buyer", conversation.buyer), at_side("seller", conversation.seller)

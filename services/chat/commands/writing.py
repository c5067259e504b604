"""How a message comes into a conversation, whoever writes it."""

from services.chat.domain.conversation import NOTIFY_AFTER, SUPPORT, Conversation, Kind, Message, shown
from services.chat.unit_of_work import ChatWork


async def add(work: ChatWork, conversation: Conversation, message: Message, fingerprint: str) -> Conversation:
    """Write the next message of a locked conversation, and pass it on live; answers the conversation with it.

    Its recipient is notified of it if it is unread for 90 seconds. Support is not: it has its queue. Nor is the user of
    an answer by message: `support_message.answered` says it, and such messages have no read marks.
    """
    await work.conversations.add(message, fingerprint)
    recipient = conversation.other(message.sender)
    if recipient != SUPPORT and conversation.kind is not Kind.SUPPORT_MESSAGES:
        await work.conversations.begin_run(conversation.id, recipient, message.seq, message.at + NOTIFY_AFTER)
    work.live.message(conversation, message)
    work.log("message.sent", conversation=str(conversation.id), seq=message.seq, sender=shown(message.sender))
    opened = (conversation.id, conversation.buyer, conversation.seller)
    return Conversation(*opened, message.seq, conversation.opened_at, message.at, conversation.kind)

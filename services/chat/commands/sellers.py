"""What a seller prepares to say: an automatic reply and quick replies (rules 8.4)."""

from services.chat.unit_of_work import ChatWork
from shared import contact
from shared.actor import Actor
from shared.refusals import Refusal, Refused


async def put_auto_reply(work: ChatWork, by: Actor, text: str | None) -> str | Refused | None:
    """Set or remove the automatic reply; contact information in it is refused and is no offence yet."""
    if refused := await _refusal(work, by, () if text is None else (text,)):
        return refused
    await work.sellers.put_auto_reply(by.account, text)
    return text


async def put_quick_replies(work: ChatWork, by: Actor, texts: list[str]) -> list[str] | Refused:
    """Set the quick replies; contact information in them is refused and is no offence yet."""
    if refused := await _refusal(work, by, tuple(texts)):
        return refused
    await work.sellers.put_quick_replies(by.account, texts)
    return texts


async def _refusal(work: ChatWork, by: Actor, texts: tuple[str, ...]) -> Refused | None:
    if await work.known.any_suspended(by.accounts):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    kinds = sorted({kind for text in texts for kind in contact.kinds(text)})
    return Refused(Refusal.CONTACT_INFORMATION, {"kinds": kinds}) if kinds else None

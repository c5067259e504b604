"""What commands lock, load and save. A conversation or order is locked before anything is added to it."""

from services.chat.repository.attachments import COUNT_PURGE_DUE, Attachments, Due
from services.chat.repository.conversations import COUNT_UNREAD_DUE, Conversations, Locked, UnreadNotification
from services.chat.repository.excerpts import Excerpts
from services.chat.repository.known import Known
from services.chat.repository.logs import Logs
from services.chat.repository.sellers import Sellers
from services.chat.repository.sessions import FORGOTTEN, Sessions, Ticket
from services.chat.repository.support import LockedItem, Note, Question, Support

__all__ = [
    "COUNT_PURGE_DUE",
    "COUNT_UNREAD_DUE",
    "FORGOTTEN",
    "Attachments",
    "Conversations",
    "Due",
    "Excerpts",
    "Known",
    "Locked",
    "LockedItem",
    "Logs",
    "Note",
    "Question",
    "Sellers",
    "Sessions",
    "Support",
    "Ticket",
    "UnreadNotification",
]

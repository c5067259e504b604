"""Settings of chat, read from the environment."""

from pydantic import Field

from shared.service.settings import Settings


class ChatSettings(Settings):
    """The common settings, and how often chat looks for messages that nobody reads."""

    notify_seconds: float = Field(default=2.0, gt=0, le=30)
    """How often unread messages are looked for that are to be reported, in seconds."""

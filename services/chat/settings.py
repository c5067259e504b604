"""Settings of chat, read from the environment."""

from pydantic import Field, SecretStr, field_validator

from services.chat.files import files
from shared.service.settings import Settings

KEY_BYTES_MIN = 16


class ChatSettings(Settings):
    """The common settings, where pictures lie and what links to them are signed with, and how often chat looks for
    what is due.
    """

    files: str
    """Where pictures lie: an absolute path of a folder that all instances and the gateway share, or
    `s3://bucket/folder` of an object store with the usual AWS_ variables."""
    link_key: SecretStr
    """The key that links to pictures are signed with: at least 32 hex digits, the same for all instances. A new one
    makes the links of the last minute useless, and nothing else."""
    notify_seconds: float = Field(default=2.0, gt=0, le=30)
    """How often unread messages are looked for that are to be reported, in seconds."""
    purge_seconds: float = Field(default=5.0, gt=0, le=3600)
    """How often pictures are looked for that are to be purged, in seconds."""

    @field_validator("files")
    @classmethod
    def _is_a_store(cls, address: str) -> str:
        files(address)
        return address

    @field_validator("link_key")
    @classmethod
    def _is_a_key(cls, key: SecretStr) -> SecretStr:
        try:
            if len(bytes.fromhex(key.get_secret_value())) >= KEY_BYTES_MIN:
                return key
        except ValueError:
            pass
        raise ValueError(f"must be hex digits, at least {2 * KEY_BYTES_MIN} of them")

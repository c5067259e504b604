"""Services of other teams that listen to events: a broker user and a password file each, kept in the run directory."""

import re
import secrets

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.passwords import write_private
from shared.messaging.topology import FOREIGN, VHOST

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


def add(layout: Layout, name: str) -> None:
    """Keep a password for this subscriber; one that exists keeps its own. Raises StackError for no proper name."""
    if not NAME.fullmatch(name):
        raise StackError(
            f"NAME={name} is no name for a subscriber." if name else "Who listens? NAME is missing.",
            "A name begins with a letter and has up to 31 lower-case letters, digits and hyphens: "
            "make subscriber NAME=mailer",
        )
    layout.subscribers.mkdir(exist_ok=True, mode=0o700)
    file = layout.subscribers / name
    if not file.exists():
        write_private(file, secrets.token_hex(16))


def passwords(layout: Layout) -> dict[str, str]:
    """The password of each subscriber's broker user, by the user's name."""
    found = sorted(layout.subscribers.iterdir()) if layout.subscribers.is_dir() else []
    return {f"{FOREIGN}{file.name}": file.read_text() for file in found if NAME.fullmatch(file.name)}


def environment(layout: Layout, name: str, port: int) -> dict[str, str]:
    """What the subscriber needs to connect, as docs/subscribers.md uses it."""
    return {
        "BROKER_HOST": "127.0.0.1",
        "BROKER_PORT": str(port),
        "BROKER_VHOST": VHOST,
        "BROKER_USER": f"{FOREIGN}{name}",
        "BROKER_PASSWORD_FILE": str(layout.subscribers / name),
    }

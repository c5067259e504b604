"""Which pages are generated, from what, and which of them are stale."""

from collections.abc import Callable
from pathlib import Path

from deploy.docs import api_page, asyncapi, chat_socket, events, lifecycle, metrics, openapi, problems, settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "events.md": events.page,
    DOCS / "asyncapi.json": asyncapi.page,
    DOCS / "chat-socket.md": chat_socket.page,
    DOCS / "chat-socket.json": chat_socket.document,
    DOCS / "openapi.json": openapi.page,
    DOCS / "api.html": api_page.page,
    DOCS / "lifecycle.md": lifecycle.page,
    DOCS / "problems.md": problems.page,
    DOCS / "metrics.md": metrics.page,
    DOCS / "production.md": settings.page,
}


def stale() -> list[Path]:
    """The generated pages that are missing or differ from the code."""
    return [path for path, page in PAGES.items() if not path.exists() or path.read_text() != page()]


def write(path: Path) -> None:
    """Make one page again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGES[path]())

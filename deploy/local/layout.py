"""Where everything of one stack lies below its run directory."""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deploy.local.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: working directory of every service."""

_SOCKET_PATH_MAX = 95
"""The kernel takes 107 characters, and supervisord adds its pid while it binds."""


@dataclass(frozen=True)
class Layout:
    """The files and folders of one stack."""

    run_dir: Path

    def __post_init__(self) -> None:
        for what, path in (("This checkout", ROOT), ("The run directory", self.run_dir)):
            if not re.fullmatch(r"[\w@+=:,./-]+", str(path), re.ASCII):
                raise StackError(
                    f"{what} lies in '{path}', which has a character that the servers' own start scripts cannot take.",
                    "Use a path of letters, digits and the signs . _ - + = @ only, without spaces.",
                )

    @cached_property
    def digest(self) -> str:
        """A short name for this stack, derived from its path."""
        return hashlib.sha256(str(self.run_dir).encode()).hexdigest()[:12]

    def __truediv__(self, name: str) -> Path:
        return self.run_dir / name

    def output(self, program: str) -> Path:
        """The file that a program's output goes to."""
        return self.run_dir / "logs" / f"{program}.log"

    def log(self, program: str) -> Path:
        """The file to read when a program has trouble; nginx keeps its own."""
        return self.run_dir / "gateway" / "error.log" if program == "gateway" else self.output(program)

    def log_files(self, program: str) -> tuple[Path, ...]:
        """Every log file of a program; of nginx also the log of its requests."""
        requests = (self.run_dir / "gateway" / "access.log",) if program == "gateway" else ()
        return (*requests, self.log(program))

    @property
    def socket(self) -> Path:
        """The supervisor's socket; in a short place of its own when the run directory's path is too long."""
        near = self.run_dir / "supervisor" / "sock"
        return near if len(str(near)) <= _SOCKET_PATH_MAX else Path("/tmp") / f"holdfast-{self.digest}" / "sock"  # noqa: S108

    @property
    def elsewhere(self) -> Path:
        """Where PostgreSQL's files lie when they may not lie in the run directory (see postgres.py)."""
        return Path("/var/tmp") / f"holdfast-{self.digest}"  # noqa: S108

    @property
    def subscribers(self) -> Path:
        """One file per service of another team: its broker password, named as the subscriber is."""
        return self.run_dir / "subscribers"

    @property
    def files(self) -> Path:
        """The folder of pictures that people uploaded; the gateway sends them."""
        return self.run_dir / "files"

    @property
    def private_key(self) -> Path:
        """The sandbox's signing key."""
        return self.run_dir / "keys" / "development.json"

    @property
    def public_keys(self) -> Path:
        """The key set that the services trust."""
        return self.run_dir / "keys" / "jwks.json"

    def prepare(self) -> None:
        """Make the folders; only their owner can enter the run directory. Raises StackError for another's."""
        self.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.run_dir.stat().st_uid != os.geteuid():
            raise StackError(
                f"{self.run_dir} belongs to another user.",
                "Run the command as that user, or choose another directory: make up RUN=/path/to/another",
            )
        for name in ("postgres", "rabbitmq", "gateway", "supervisor", "logs", "keys", "subscribers", "files"):
            (self.run_dir / name).mkdir(exist_ok=True, mode=0o700)
        self.socket.parent.mkdir(exist_ok=True, mode=0o700)

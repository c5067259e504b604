"""The private PostgreSQL of a stack: its files, its settings, and the account that it runs as."""

import os
import re
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.passwords import Passwords, write_private
from deploy.local.programs import Program

SUPERUSER = "postgres"

_USER_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
_PACKAGE_ACCOUNT = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--")

_SETTINGS = """\
# Written by deploy/local/postgres.py; changes here are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_lock_waits = on
"""


class Postgres:
    """One cluster, reachable on the loopback interface only, with a password for every role."""

    def __init__(self, layout: Layout, passwords: Passwords, port: int) -> None:
        self._layout = layout
        self._passwords = passwords
        self._port = port

    @cached_property
    def home(self) -> Path:
        """The folder of the data; beside the run directory's own when the package's account has to own it."""
        return self._layout.elsewhere if self._as_whom == _PACKAGE_ACCOUNT else self._layout / "postgres"

    @property
    def data(self) -> Path:
        """Where the database cluster lies; initdb makes it."""
        return self.home / "data"

    def prepare(self) -> bool:
        """Make the cluster once, write its settings each time; returns whether it was made just now."""
        fresh = not self.data.exists()
        if fresh:
            self._make_cluster()
        self._forget_stale_lock()
        self._write(self.data / "holdfast.conf", _SETTINGS.format(port=self._port))
        return fresh

    def program(self) -> Program:
        """The server; an interrupt stops it fast and clean."""
        command = (*self._as_whom, str(self._binaries / "postgres"), "-D", str(self.data))
        return Program("postgres", command, stop_signal="INT", directory=self.home)

    def ready(self) -> bool:
        """Whether it takes connections."""
        tried = subprocess.run(
            [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)], check=False
        )
        return tried.returncode == 0

    def dsn(self, database: str, role: str) -> str:
        """How a role reaches a database."""
        password = self._passwords.password(role)
        return f"postgresql://{role}:{password}@127.0.0.1:{self._port}/{database}"

    @cached_property
    def _as_whom(self) -> tuple[str, ...]:
        """PostgreSQL refuses to run as root: then it runs in a user namespace, or as the package's account."""
        if os.geteuid() != 0:
            return ()
        if not self._layout.elsewhere.exists():
            tried = subprocess.run([*_USER_NAMESPACE, "true"], capture_output=True, check=False)
            if tried.returncode == 0:
                return _USER_NAMESPACE
        return _PACKAGE_ACCOUNT

    @cached_property
    def _binaries(self) -> Path:
        found = {int(each.parts[-3]): each.parent for each in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")}
        version = self.data / "PG_VERSION"
        wanted = int(version.read_text()) if version.exists() else max(found, default=None)
        if wanted is None or wanted not in found:
            package = f"postgresql-{wanted or 15}"
            raise StackError(
                f"PostgreSQL {wanted or ''} is not installed, looked for in /usr/lib/postgresql/*/bin.",
                f"Install it: apt-get install --no-install-recommends {package}",
                "Or start with an empty database: make clean, then make up",
            )
        return found[wanted]

    def _make_cluster(self) -> None:
        draft, secret = self.home / "new", self.home / "password"
        self.home.mkdir(exist_ok=True, mode=0o700)
        shutil.rmtree(draft, ignore_errors=True)
        self._own(self.home)
        self._write(secret, self._passwords.password(SUPERUSER))
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8"]
        command = [*self._as_whom, str(self._binaries / "initdb"), "-D", str(draft), "-U", SUPERUSER, *options]
        done = subprocess.run(command, cwd=self.home, capture_output=True, text=True, check=False)
        secret.unlink()
        if done.returncode:
            raise StackError(
                "initdb could not make the database cluster.",
                "Mend what it names, then run the same command again.",
                seen=done.stderr.strip(),
            )
        settings = draft / "postgresql.conf"
        self._write(settings, re.sub(r"\n*$", "\ninclude 'holdfast.conf'\n", settings.read_text(), count=1))
        draft.rename(self.data)

    def _forget_stale_lock(self) -> None:
        """After a crash of the machine the lock's pid may be another process by now, and PostgreSQL would refuse."""
        lock = self.data / "postmaster.pid"
        if lock.exists():
            process = Path("/proc") / lock.read_text().split("\n", 1)[0].strip()
            if not process.exists() or (process / "comm").read_text().strip() != "postgres":
                lock.unlink()

    def _write(self, file: Path, text: str) -> None:
        write_private(file, text)
        self._own(file)

    def _own(self, path: Path) -> None:
        if self._as_whom == _PACKAGE_ACCOUNT:
            shutil.chown(path, "postgres", "postgres")

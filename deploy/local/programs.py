"""What supervisord runs for a stack: a program per server and per service, and the configuration that says so."""

import os
import resource
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.layout import ROOT, Layout

MARK = "HOLDFAST_STACK"
"""A variable that every process of a stack carries, by which its leftovers are found."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Program:
    """One process that is kept running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = ROOT
    stop_signal: str = "TERM"
    retries: int = 30
    """How often a start that failed is tried again, each time a second later than before."""
    stop_seconds: int = 25
    """How long it may take to end, before it is killed."""


def base_environment(layout: Layout) -> dict[str, str]:
    """What a process of the stack inherits: nothing that the caller happens to have set."""
    inherited = {name: os.environ[name] for name in ("HOME", "USER", "LOGNAME", "TMPDIR") if name in os.environ}
    return {"PATH": _PATH, "LANG": "C.UTF-8", "TZ": "UTC", MARK: str(layout.run_dir), **inherited}


def configuration(layout: Layout, programs: Iterable[Program]) -> str:
    """The whole supervisord.conf."""
    folder = layout / "supervisor"
    settings = {
        "logfile": folder / "supervisord.log",
        "logfile_maxbytes": "5MB",
        "logfile_backups": 1,
        "pidfile": folder / "supervisord.pid",
        "childlogdir": folder,
        "minfds": min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    return "\n".join(
        [
            "; Written by deploy/local/programs.py; changes here are lost.",
            f"[unix_http_server]\nfile={layout.socket}\nchmod=0700",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
            "[supervisord]",
            *(f"{name}={value}" for name, value in settings.items()),
            *(_section(layout, program) for program in programs),
            "",
        ]
    )


def _section(layout: Layout, program: Program) -> str:
    settings = {
        "command": shlex.join(program.command),
        "directory": str(program.directory),
        "environment": ",".join(f'{name}="{_safe(value)}"' for name, value in program.environment.items()),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": str(program.retries),
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_seconds),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": str(layout.output(program.name)),
        "stdout_logfile_maxbytes": "20MB",
        "stdout_logfile_backups": "3",
    }
    lines = (f"{name}={value.replace('%', '%%')}" for name, value in settings.items() if value)
    return "\n".join([f"[program:{program.name}]", *lines])


def _safe(value: str) -> str:
    assert not set(value) & set('"\n\\;#'), "supervisord.conf cannot hold this value"
    return value

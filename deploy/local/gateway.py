"""The private nginx of a stack: its files, and how to ask whether it answers."""

import http.client
import os
import shutil
import subprocess
from collections.abc import Mapping

from deploy.gateway import surface
from deploy.gateway.limits import Limits
from deploy.gateway.nginx import Place, configuration, problem_pages
from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.programs import Program
from deploy.services import SERVICES

_ACCESS_LOG_MAX_BYTES = 50_000_000


class Gateway:
    """One nginx that knows only the table of routes; without limits, because what runs here is a sandbox."""

    def __init__(
        self, layout: Layout, ports: Mapping[str, int], limits: Limits | None = None, timeout_seconds: int = 10
    ) -> None:
        self._folder = layout / "gateway"
        self._ports, self._limits, self._timeout_seconds = ports, limits, timeout_seconds
        self._file, self._files = self._folder / "nginx.conf", layout.files
        self._origins = os.environ.get("MARKET_CORS_ORIGINS", "")

    @property
    def url(self) -> str:
        """The base URL of everything."""
        return f"http://127.0.0.1:{self._ports['gateway']}"

    def prepare(self) -> bool:
        """Write the configuration and let nginx judge it; returns whether it changed."""
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (self._folder / "temp" / name).mkdir(parents=True, exist_ok=True)
        place = Place(
            directory=self._folder,
            listen=f"127.0.0.1:{self._ports['gateway']}",
            upstreams={service: f"127.0.0.1:{self._ports[service]}" for service in SERVICES},
            user="root" if os.geteuid() == 0 else None,
            limits=self._limits,
            timeout_seconds=self._timeout_seconds,
            origins=self._allowed(),
            loopback_origins=True,
            files=self._files,
        )
        text = configuration(place)
        changed = not self._file.exists() or self._file.read_text() != text
        (self._folder / "problems.conf").write_text(problem_pages())
        (self._folder / "headers.conf").write_text(surface.headers())
        for name, _ in surface.FILES.values():
            shutil.copyfile(surface.DOCS / name, self._folder / name)
        self._file.write_text(text)
        if changed:
            self._judge()
        return changed

    def program(self) -> Program:
        """Run nginx in the foreground; QUIT lets it finish the requests in flight."""
        variables = {"MARKET_CORS_ORIGINS": self._origins}  # not read by nginx: another value is another program
        return Program("gateway", self._command, variables, directory=self._folder, stop_signal="QUIT")

    def _allowed(self) -> tuple[str, ...]:
        try:
            return surface.origins(self._origins)
        except ValueError as error:
            raise StackError(f"MARKET_CORS_ORIGINS: {error}.", "Name origins, with commas between them.") from None

    def trim_log(self) -> None:
        """Keep one old access log; called before nginx starts."""
        log = self._folder / "access.log"
        if log.exists() and log.stat().st_size > _ACCESS_LOG_MAX_BYTES:
            log.replace(log.with_suffix(".log.1"))

    def ready(self) -> bool:
        """Whether nginx answers by itself, whatever the services do."""
        connection = http.client.HTTPConnection("127.0.0.1", self._ports["gateway"], timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == http.client.NOT_FOUND
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def _command(self) -> tuple[str, ...]:
        binary = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if binary is None:
            raise StackError(
                "nginx is not installed.", "Install it: apt-get install --no-install-recommends nginx-light"
            )
        return (binary, "-p", str(self._folder), "-c", str(self._file), "-e", str(self._folder / "error.log"))

    def _judge(self) -> None:
        done = subprocess.run([*self._command, "-t", "-q"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(
                "nginx does not accept the configuration made from deploy/gateway/routes.py.",
                f"Compare the line it names in {self._file} with deploy/gateway/nginx.py.",
                seen=done.stderr.strip(),
            )

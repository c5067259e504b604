"""The private RabbitMQ of a stack, with an epmd (Erlang's name server) of its own, so that it meets no other node."""

import base64
import http.client
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.passwords import Passwords, write_private
from deploy.local.programs import Program, base_environment

VHOST = "market"
ADMIN = "admin"

_SETTINGS = """\
# Written by deploy/local/rabbitmq.py; changes here are lost.
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
default_vhost = {vhost}
default_user = {admin}
default_pass = {password}
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 200MB
collect_statistics_interval = 30000
management.rates_mode = none
log.console = true
log.console.level = info
log.console.use_colors = off
log.file = false
"""


class RabbitMQ:
    """One node with the management API; topology and service users are declared by deploy.topology."""

    def __init__(self, layout: Layout, passwords: Passwords, ports: Mapping[str, int]) -> None:
        self._layout, self._folder = layout, layout / "rabbitmq"
        self._passwords = passwords
        self._ports = ports

    def prepare(self) -> bool:
        """Write the settings; returns whether the node will boot for the first time."""
        for name in ("home", "mnesia", "log"):
            (self._folder / name).mkdir(exist_ok=True)
        text = _SETTINGS.format(**self._ports, vhost=VHOST, admin=ADMIN, password=self._password)
        write_private(self._folder / "rabbitmq.conf", text)
        (self._folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        return not any((self._folder / "mnesia").iterdir())

    def programs(self) -> tuple[Program, Program]:
        """The name server, in the foreground so that it is stopped like everything else, and the node."""
        epmd = ("epmd", "-port", str(self._ports["epmd"]), "-address", "127.0.0.1")
        node = (str(self._scripts / "rabbitmq-server"),)
        return (
            Program("epmd", epmd, directory=self._folder),
            Program("rabbitmq", node, self._environment(), directory=self._folder),
        )

    @property
    def admin_url(self) -> str:
        """The management API, for deploy.topology."""
        return f"http://{ADMIN}:{self._password}@127.0.0.1:{self._ports['management']}"

    def service_url(self, service: str) -> str:
        """How a service reaches the broker with its own user."""
        password = self.service_password(service)
        return f"amqp://{service}:{password}@127.0.0.1:{self._ports['amqp']}/{VHOST}?heartbeat=10"

    def service_api(self, service: str) -> str:
        """The management API as a service asks it, with its own user."""
        return f"http://{service}:{self.service_password(service)}@127.0.0.1:{self._ports['management']}"

    def service_password(self, service: str) -> str:
        """The password of a service's broker user."""
        return self._passwords.password(f"broker_{service}")

    def wait(self, seconds: float = 60) -> None:
        """Wait until the node takes connections and answers its management API. Raises StackError."""
        deadline = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > deadline:
                raise StackError("RabbitMQ does not answer.", "Look at its log: make logs SERVICE=rabbitmq")
            time.sleep(0.1)

    def ready(self) -> bool:
        """Whether the node listens for AMQP, by its own account."""
        login = base64.b64encode(f"{ADMIN}:{self._password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._ports["management"], timeout=5)
        try:
            path = f"/api/health/checks/port-listener/{self._ports['amqp']}"
            connection.request("GET", path, headers={"Authorization": f"Basic {login}"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def control(self, *arguments: str) -> None:
        """Run a command of the broker's own tool, e.g. `set_vm_memory_high_watermark 0.4`. Raises StackError."""
        command = [str(self._scripts / "rabbitmqctl"), *arguments]
        environment = {**base_environment(self._layout), **self._environment()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(
                f"rabbitmqctl {' '.join(arguments)} failed.",
                "Look at the node's log: make logs SERVICE=rabbitmq",
                seen=(done.stdout + done.stderr).strip(),
            )

    @property
    def _password(self) -> str:
        return self._passwords.password("broker_admin")

    @property
    def _scripts(self) -> Path:
        """The package's inner scripts: the outer one changes to the account of the system's own broker."""
        found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
        if not found:
            raise StackError("RabbitMQ is not installed.", "Install it: apt-get install rabbitmq-server")
        return found[-1]

    def _environment(self) -> dict[str, str]:
        schedulers = min(os.cpu_count() or 1, 4)
        return {
            "HOME": str(self._folder / "home"),
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "none"),
            "RABBITMQ_NODENAME": f"{VHOST}@localhost",
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self._folder / "advanced.config"),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_DIST_PORT": str(self._ports["distribution"]),
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": str(self._folder / "log" / "erl_crash.dump"),
            # With it the start script becomes the node instead of staying as its parent.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"+S {schedulers}:{schedulers} +stbt u -kernel inet_dist_use_interface {{127,0,0,1}}"
            ),
        }

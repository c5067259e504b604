"""Production does not load a line of sandbox code, and a sandbox loads its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc.jwk import KeySet, OKPKey

from deploy.services import REGISTRY, SERVICES, Service

LOADS = """
import sys
from services.{name}.app import service
service()
print(*(name for name in sys.modules if ".sandbox" in name and name.startswith(("shared.", "services."))))
"""


def loaded(service: Service, profile: str, folder: Path) -> set[str]:
    """The sandbox modules in a process that put the service together, in an environment of its own."""
    keys = KeySet([OKPKey.generate_key("Ed25519", parameters={"kid": "own"})])
    (folder / "keys.json").write_text(json.dumps(keys.as_dict(private=False)))
    secrets = {each.setting: each.make() for each in service.secrets}
    if profile == "production":
        secrets = {name: value for name, value in secrets.items() if not name.startswith("SANDBOX")}
    addresses = {"DATABASE_URL": "postgresql://x@x/x", "BROKER_URL": "amqp://x@x/x", "TOKEN_KEYS": folder / "keys.json"}
    settings = {"PROFILE": profile, "TOKEN_ISSUER": "me", "PORT": "1", "INSTANCE": "x", "SERVICES": service.name}
    settings |= {"FILES": str(folder)} if service.files else {}
    env = {f"MARKET_{name}": str(value) for name, value in {**addresses, **settings, **secrets}.items()}
    command = [sys.executable, "-c", LOADS.format(name=service.name)]
    done = subprocess.run(command, env={**env, "PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("service", REGISTRY, ids=SERVICES)
class TestWhatIsLoaded:
    def test_nothing_of_the_sandbox_in_production(self, service: Service, tmp_path: Path) -> None:
        assert loaded(service, "production", tmp_path) == set()

    def test_the_clock_in_a_sandbox(self, service: Service, tmp_path: Path) -> None:
        assert "shared.sandbox.clock_follower" in loaded(service, "sandbox", tmp_path)

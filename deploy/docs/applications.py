"""The services' applications, built as for a stack that was never started: nothing is connected."""

import importlib
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI

from deploy.local.layout import Layout
from deploy.local.plan import Plan
from deploy.local.tokens import make_keys


def application(service: str, settings: Mapping[str, str]) -> FastAPI:
    """The service's application as a sandbox's environment makes it, with these variables instead of the usual."""
    with TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        layout.private_key.parent.mkdir(parents=True)
        make_keys(layout)
        before = dict(os.environ)
        os.environ.update({**Plan(layout, defaultdict(lambda: 9)).service_env(service), **settings})
        try:
            made: FastAPI = importlib.import_module(f"services.{service}.app").service().app
        finally:
            os.environ.clear()
            os.environ.update(before)
    return made


def document(service: str) -> dict[str, Any]:
    """The service's own OpenAPI document."""
    found: dict[str, Any] = application(service, {}).openapi()
    return found

"""The variables of the deploy steps: from the environment, or else from the local stack in RUN (default .run)."""

import os
import sys
from collections.abc import Mapping

from deploy.local.errors import StackError
from deploy.local.layout import ROOT


def given(*names: str) -> Mapping[str, str]:
    """These variables from the environment; when none of them is set, as the local stack has them.

    Ends the process with one sentence when some are missing or there is no local stack.
    """
    found = {name: os.environ[name] for name in names if os.environ.get(name)}
    if len(found) == len(names):
        return found
    if found:
        sys.exit(f"Missing in the environment: {', '.join(name for name in names if name not in found)}")
    from deploy.local.stack import LocalStack  # which itself runs these steps

    try:
        plan = LocalStack(ROOT / os.environ.get("RUN", ".run")).plan
    except StackError as error:
        sys.exit(f"Set {', '.join(names)}, or bring a local stack up: make up\n{error}")
    known = {**plan.migration_env(), **plan.topology_env(), **plan.sealing_env()}
    return {name: known[name] for name in names}

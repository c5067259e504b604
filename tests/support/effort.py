"""How hard the tests try, and with which chance: the same in every `make test`, more and other in `make test-long`.

Everything that draws by chance draws from SEED: a run is a function of the commit, what fails here fails everywhere.
"""

import os

EFFORT = max(1, int(os.environ.get("EFFORT", "1")))
"""Repetitions: 1 in `make test`."""

SEED = int(os.environ.get("SEED") or "0")
"""What chance begins with: 0 in `make test`; `make test-long` takes another one each time and prints it."""

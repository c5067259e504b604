"""How hard the tests try: 1 every day, more in `make test-long`."""

import os

EFFORT = max(1, int(os.environ.get("EFFORT", "1")))

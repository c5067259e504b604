"""Apply the broker's topology: one step, before any service starts, harmless to repeat.

MARKET_BROKER_ADMIN_URL=http://admin:password@host:15672  MARKET_BROKER_PASSWORDS={"orders": "…"}
python -m deploy.topology
"""

import json
import os
import sys
from urllib.parse import urlsplit, urlunsplit

import httpx2

from shared.messaging.topology import definitions


def main() -> None:
    """Post the definitions to the broker's management API; ends non-zero with the reason when refused."""
    address = urlsplit(os.environ["MARKET_BROKER_ADMIN_URL"])
    passwords: dict[str, str] = json.loads(os.environ["MARKET_BROKER_PASSWORDS"])
    bare = urlunsplit((address.scheme, f"{address.hostname}:{address.port}", "/api/definitions", "", ""))
    wanted = definitions(passwords)
    answer = httpx2.post(bare, json=wanted, auth=(address.username or "", address.password or ""), timeout=30)
    if answer.status_code not in (200, 201, 204):
        sys.exit(f"The broker refused the topology ({answer.status_code}): {answer.text}")
    print(f"topology: {len(wanted['queues'])} queues, {len(wanted['bindings'])} bindings, {len(passwords)} users")


if __name__ == "__main__":
    main()

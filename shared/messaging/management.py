"""The broker's management API: an HTTP client's arguments from its address (user, password, authority of TLS)."""

import ssl
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def client_arguments(url: str) -> dict[str, Any]:
    """What a client of httpx2 needs for `http://user:password@host:port` or `https://…?cafile=/path/ca.pem`.

    Without `cafile` the certificate must be signed by one that the machine trusts. Raises OSError for a file that can't
    be read, ssl.SSLError for one that holds no certificate.
    """
    address = urlsplit(url)
    authority = parse_qs(address.query).get("cafile", [None])[-1]
    return {
        "base_url": f"{address.scheme}://{address.netloc.rpartition('@')[2]}",
        "auth": (unquote(address.username or ""), unquote(address.password or "")),
        "verify": ssl.create_default_context(cafile=authority) if address.scheme == "https" else False,
        "trust_env": False,
    }

"""A browser without JavaScript on a provider's pay page: it keeps cookies, sends forms and follows redirects."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import httpx2

from deploy.client.http import UnexpectedAnswerError

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_ACTION = re.compile(r'<form method="post" action="([^"]*)"')
_STATE = re.compile(r'role="status">([^<·]*)')


class PayPage:
    """The page at one address, as one browser has it."""

    def __init__(self, client: httpx2.AsyncClient, address: str) -> None:
        self._client, self.address = client, address
        self._base = address.partition("/v1/")[0]
        self.cookies: dict[str, str] = {}
        self.page = ""
        """The HTML that is shown."""
        self.headers: Mapping[str, str] = {}

    async def opens(self, more: str = "") -> int:
        """Open the page; answers the status."""
        return await self._sends("GET", self.address + more)

    async def chooses(self, choice: str, **changes: str) -> int:
        """Send the form that is shown; answers the status of the page that follows."""
        actions = _ACTION.findall(self.page)
        if len(actions) != 1:
            raise UnexpectedAnswerError(f"{self.address} shows no form: {self.state}")
        return await self._sends(
            "POST", self._base + unescape(actions[0]), {**self.fields(), "choice": choice, **changes}
        )

    async def sends(self, fields: Mapping[str, str]) -> int:
        """Send a form by hand; answers the status."""
        return await self._sends("POST", f"{self.address}/page", fields)

    def fields(self) -> dict[str, str]:
        """The hidden fields of the form."""
        return dict(_HIDDEN.findall(self.page))

    @property
    def state(self) -> str:
        """What the page says of the payment."""
        found = _STATE.search(self.page)
        return unescape(found[1]).strip() if found else ""

    def code(self) -> str:
        """What is scanned or typed in."""
        found = re.search(r"<code>([^<]*)</code>", self.page)
        return unescape(found[1]) if found else ""

    async def _sends(self, method: str, url: str, form: Mapping[str, str] | None = None) -> int:
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        content = urlencode(form).encode() if form is not None else None
        answer = await self._client.request(method, url, content=content, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status_code == 303:
            return await self._sends("GET", self._base + answer.headers["location"])
        self.page, self.headers = answer.text, answer.headers
        return int(answer.status_code)

"""A client that is generated from the API document plays the demo: place, pay, deliver, confirm."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from deploy.client.person import TOKEN_SECONDS, a_listing
from deploy.gateway.surface import DOCS
from deploy.local.tokens import mint
from deploy.stack import Stack

PACKAGE = "holdfast_client"
PICTURES = dict.fromkeys(("image/png", "image/jpeg", "image/webp"), "application/octet-stream")
"""The generator knows no pictures and has to be told that they are bytes."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The client's package, made without a network and without a complaint about the document."""
    folder: Path = tmp_path_factory.mktemp("client")
    file = ConfigFile(post_hooks=[], package_name_override=PACKAGE, content_type_overrides=PICTURES)
    target = folder / PACKAGE
    config = Config.from_sources(
        file, MetaType.NONE, DOCS / "openapi.json", "utf-8", overwrite=True, output_path=target
    )
    assert [f"{each.header}: {each.detail}" for each in generate(config=config)] == []
    sys.path.insert(0, str(folder))
    yield SimpleNamespace(
        client=importlib.import_module(PACKAGE),
        models=importlib.import_module(f"{PACKAGE}.models"),
        **{name: importlib.import_module(f"{PACKAGE}.api.{tag}.{name}") for name, tag in OPERATIONS.items()},
    )
    sys.path.remove(str(folder))


OPERATIONS = {
    "put_listing": "listings",
    "post_checkout": "orders",
    "get_order": "orders",
    "deliver": "orders",
    "confirm": "orders",
    "pay": "payments",
    "play": "payments",
    "balance": "payments",
    "advance": "sandbox",
}


class TestTheDemo:
    def test_a_generated_client_sells_and_buys(self, stack: Stack, generated: Any) -> None:
        api, models = generated, generated.models
        with _person(stack, generated, "seller") as seller, _person(stack, generated, "buyer") as buyer:
            number = _paid(api, seller, buyer)
            self._goes_on(api, models, number, seller, buyer)

    def _goes_on(self, api: Any, models: Any, number: str, seller: Any, buyer: Any) -> None:
        would = api.deliver.sync(number, client=seller, idempotency_key=_key(), preview=True)
        assert (type(would), would.allowed, would.row) == (models.PreviewView, True, "T7")
        delivered = api.deliver.sync(number, client=seller, idempotency_key=_key())
        assert delivered.status is models.Status.WAITING_CONFIRMATION
        wrong = api.confirm.sync(number, client=seller, idempotency_key=_key())
        assert (type(wrong), wrong.code) == (models.Problem, models.Refusal.NOT_A_PARTY)
        assert api.confirm.sync(number, client=buyer, idempotency_key=_key()).status is models.Status.COMPLETED
        _settle(api, buyer)
        assert [wallet.available for wallet in api.balance.sync(client=seller).wallets] == [9460]
        done = api.get_order.sync(number, client=buyer)
        assert done.closed_at >= done.placed_at


def _paid(api: Any, seller: Any, buyer: Any) -> str:
    """The number of an order that this buyer placed and paid."""
    models, listing_id = api.models, f"l-{uuid4().hex[:12]}"
    listing = models.ListingIn.from_dict(a_listing())
    assert api.put_listing.sync(listing_id, client=seller, body=listing).state is models.OrdersState.LIVE
    cart = models.CheckoutIn(lines=[models.LineIn(listing_id=listing_id, quantity=1)])
    checkout = api.post_checkout.sync(client=buyer, body=cart, idempotency_key=_key())
    order = checkout.orders[0]
    assert (order.status, order.deadline.kind) == (models.Status.WAITING_PAYMENT, models.OrdersDeadlineViewKind.D1)
    _settle(api, buyer)
    card = models.AttemptIn.from_dict({"method": "card", "details": {}})
    attempt = api.pay.sync(checkout.payment_number, client=buyer, body=card, idempotency_key=_key())
    api.play.sync(attempt.attempt_id, client=buyer, body=models.SandboxIn.from_dict({"action": "capture"}))
    _settle(api, buyer)
    return str(order.number)


def _settle(api: Any, anyone: Any) -> None:
    answer = api.advance.sync(client=anyone, body=api.models.AdvanceIn(by="PT0S"))
    assert isinstance(answer, api.models.AdvancedView)


def _key() -> str:
    return str(uuid4())


def _person(stack: Stack, generated: Any, name: str) -> Any:
    token = mint(stack.layout.private_key, f"{name}-{uuid4().hex[:10]}", ("user",), TOKEN_SECONDS)
    return generated.client.AuthenticatedClient(base_url=stack.url, token=token)

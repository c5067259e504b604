"""The output of the demo: chapters, actions, events, balances, and checked expectations."""

from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table

from deploy.demo.errors import DemoError
from deploy.demo.listening import Received
from shared.money import Money

console = Console(highlight=False)


class Screen:
    """Prints, and counts what was checked."""

    def __init__(self) -> None:
        self.checked = 0

    def chapter(self, title: str) -> None:
        """Begin a new part of the demo."""
        console.print()
        console.print(Rule(f"[bold]{title}[/]", align="left"))

    def does(self, what: str) -> None:
        """Somebody does something."""
        console.print(f"\n[bold cyan]▸[/] {what}", soft_wrap=True)

    def shows(self, events: list[Received]) -> None:
        """The events that followed."""
        for each in events:
            console.print(
                f"    [yellow]{each.name:<22}[/] [dim]{each.service:<9}[/] {each.subject}  {_summary(each)}",
                soft_wrap=True,
            )

    def money(self, columns: dict[str, int], currency: str) -> None:
        """Where the money is now."""
        shown = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in columns:
            shown.add_column(name, justify="right")
        shown.add_row(*(str(Money(amount, currency)) for amount in columns.values()))
        console.print(Padding(shown, (0, 0, 0, 4)))

    def expect(self, what: str, seen: object, wanted: object) -> None:
        """Check one expectation. Raises DemoError when it is not met, which ends the demo."""
        self.checked += 1
        if seen == wanted:
            console.print(f"    [green]✓[/] {what}: [bold]{seen}[/]")
            return
        console.print(f"    [bold red]✗ {what}: {seen}, but it should be {wanted}[/]")
        raise DemoError(
            f"{what}: {seen}, but it should be {wanted}.",
            "What the services logged: make logs",
            "Whether the books hold all the same: make verify",
        )


def _summary(each: Received) -> str:
    body = each.body
    if each.name == "payment.credited":
        return f"{Money(body['amount'], body['currency'])} to the buyer's balance, reason {body['reason']}"
    if each.name == "escrow.released":
        net, fee, tax = (Money(body[name], body["currency"]) for name in ("net", "fee", "tax"))
        return f"seller {net}, fee {fee}, tax {tax}"
    if each.name == "escrow.refunded":
        return f"{Money(body['amount'], body['currency'])} back to the buyer"
    if each.name.startswith("order.") and "cause" in body:
        return _order(body)
    amount = body.get("amount")
    return str(Money(amount, body["currency"])) if isinstance(amount, int) else ""


def _order(body: dict[str, object]) -> str:
    row = body["cause"]["row"]  # type: ignore[index]
    text = f"{row}: {body['status']}"
    deadline = body["deadline"]
    if isinstance(deadline, dict):
        due = datetime.fromisoformat(str(deadline["due_at"]))
        text += f"  [dim]{deadline['kind']} expires {due:%b %d %H:%M:%S} if nobody acts[/]"
    return text

"""What can go wrong in a simulated world, and what must never."""


class Crash(Exception):
    """The process died here; what was not committed is gone."""


class Broken(Exception):
    """A law of money or time does not hold: the simulation has found something."""

    def __init__(self, law: str, what: str, *about: str) -> None:
        super().__init__(f"{law}: {what}")
        self.law, self.what, self.about = law, what, frozenset(about)


def must(holds: bool, law: str, what: str, *about: str) -> None:
    """The law holds, or the simulation has found something; `about` are the orders, payments and people concerned."""
    if not holds:
        raise Broken(law, what, *about)

"""How a demo ends early."""


class DemoError(Exception):
    """Something is not as expected: what, and what to do about it."""

    def __init__(self, what: str, *mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend

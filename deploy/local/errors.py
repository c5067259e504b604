"""The one error of commands about a stack."""


class StackError(Exception):
    """Says what failed, shows what was seen, and names the steps that mend it."""

    def __init__(self, what: str, *mend: str, seen: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.seen = seen
        self.mend = mend

    def __str__(self) -> str:
        steps = [f"  -> {step}" for step in self.mend]
        return "\n".join([self.what, *([self.seen] if self.seen else []), *steps])

"""stub replaced by colleague"""


def kinds(text: str) -> tuple[str, ...]:
    return ()

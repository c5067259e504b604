"""docs/problems.md: every refusal with its status, its sentence for people, and what a client does about it."""

from http import HTTPStatus

from deploy.services import refusals

_HEAD = """# Problems

Every refusal is `application/problem+json` (RFC 9457). `code` is stable and is what a client decides by; `detail` is
for people and may be reworded. `type` is `/problems/<code>`. Where it helps, `errors` says where the request is wrong
and `current` what the thing is now; of what was sent only the names of fields are repeated. Made from
`shared/refusals.py` and each service's `refusals.py` by `make docs`; change it there, not here.
"""

_WHAT_TO_DO = {
    400: "The request can't be read. Mend it; nothing was done and nothing is remembered.",
    401: "Nothing was done. Get a valid token or sign the request, then repeat it.",
    403: "The caller may not do this. Repeating it changes nothing.",
    404: "There is no such thing, or it is somebody else's; the two can't be told apart.",
    405: "Use the method that the path takes.",
    409: "The request is right, the state of things is not. Read the thing again and decide anew.",
    412: "Read it again, look at what has changed, and send the new version.",
    413: "Send less.",
    414: "Ask for less at once.",
    415: "Name the body's type: Content-Type: application/json.",
    422: "The request can't be right as it is. Change it, and use a new Idempotency-Key.",
    429: "Wait as long as Retry-After says, then repeat the same request.",
    500: "The outcome is unknown. Repeat the same request with the same Idempotency-Key: nothing is done twice.",
    503: "Wait as long as Retry-After says, then repeat the same request with the same Idempotency-Key.",
    504: "Look at which service is not idle, then try again.",
}


def page() -> str:
    """The whole page, by status and then by name."""
    found = [_HEAD]
    for status in sorted({code.status for code in refusals()}):
        found.append(f"\n## {status} {HTTPStatus(status).phrase}\n\n{_WHAT_TO_DO[status]}\n")
        found += [f"\n### {code}\n\n{code.detail}\n" for code in refusals() if code.status == status]
    return "".join(found)

"""Malicious headers: the names that our routes and the servers before them read, and values for them, as bytes."""

from functools import cache

from tests.support.malicious.texts import MARK

M = MARK.encode()

ANY = (
    b"", b" ", b"\t", b"-", b"*", b'""', b'"', b"null", b"0", b"-1", b"1e9", b"9" * 40, b"\xff\xfe", b"\xc3\xa9" + M,
    b"\xed\xa0\x80" + M, b"\x01" + M, b"\x07" + M, b"\x1b[31m" + M, b"\x7f" + M, b"\x85" + M, M * 30, M * 800,
    b"';DROP TABLE orders;--" + M, b"' OR '1'='1" + M, b"{{7*7}}" + M, b"${jndi:ldap://127.0.0.1/" + M + b"}",
    b"<script>" + M + b"</script>", b"../../" + M, b"%00%0d%0aX-Injected:1" + M, b"a,b,c," + M, b";;;" + M,
    b"=?utf-8?q?" + M,
    b'W/"1"', b'"1", "2"', b'"' + M + b'"', b"() { :;}; " + M, b"[" + M, b"\\" + M, b"," * 300, b"\xe2\x80\xae" + M,
)  # fmt: skip

AUTHORIZATION = (
    b"Bearer", b"Bearer ", b"Bearer " + M, b"bearer a.b.c", b"Bearer a.b.c.d.e", b"Bearer ..", b"Bearer " + b"a" * 8193,
    b"Bearer " + M * 1000, b"Basic cWo3eHo6cWo3eHo=", b"Digest " + M, b"Negotiate " + M, b"Token " + M, b"Bearer\t" + M,
    b"Bearer  " + M, b"Bearer \xc3\xa9", b"Bearer null", b"Bearer undefined", b"Bearer true",
    b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJxajd4eiIsImV4cCI6OTk5OTk5OTk5OX0.",
    b"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJxajd4eiIsImV4cCI6OTk5OTk5OTk5OX0.AAAA",
    b"Bearer eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLy4uL2V0Yy9wYXNzd2QifQ.eyJzdWIiOiJxajd4eiJ9.AAAA",
    b"Bearer eyJhbGciOiJFZERTQSIsImp3ayI6e319.eyJzdWIiOiJxajd4eiJ9.AAAA", b"Bearer W10.W10.W10", b"Bearer e30.e30.e30",
    b"Bearer bnVsbA.bnVsbA.bnVsbA", b"Bearer eyJhbGciOlsiRWREU0EiXX0.e30.AAAA", b"Bearer eyJjcml0IjpbXX0.e30.AAAA",
    b"Bearer eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.e30.AAAA",
)  # fmt: skip

TRACEPARENT = (
    b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", b"00-" + b"g" * 32 + b"-" + b"1" * 16 + b"-01",
    b"ff-" + b"1" * 32 + b"-" + b"1" * 16 + b"-01", b"00-" + b"1" * 32, b"00-" + b"1" * 32 + b"-" + b"1" * 16 + b"-zz",
    b"01-" + b"1" * 32 + b"-" + b"1" * 16 + b"-01-" + M, b"00-" + b"A" * 32 + b"-" + b"1" * 16 + b"-01",
)  # fmt: skip

CONTENT_TYPE = (
    b"application", b"application/", b"/json", b"application/json; charset=" + M, b"application/json;;;", b"text/html",
    b"application/json, text/plain", b"multipart/form-data; boundary=" + M * 100, b"multipart/form-data; boundary=",
    b"application/x-www-form-urlencoded; charset=utf-16", b"application/json\x00", b"*/*", b"application/*",
    b"application/vnd." + M + b"+json", b"application/json; boundary=x; charset=utf-32", b"image/png", b"video/" + M,
)  # fmt: skip

ACCEPT = (
    b"text/csv", b"text/csv;q=0", b"text/html", b"application/xml", b"*/*;q=0", b"application/json;q=" + M, b"," * 100,
    b"text/csv, application/json", b"image/*", b"application/problem+json", b"application/json;version=" + M,
)  # fmt: skip

OTHERS: dict[str, tuple[bytes, ...]] = {
    "X-HTTP-Method-Override": (b"DELETE", b"PUT", b"TRACE", M),
    "X-Forwarded-For": (b"127.0.0.1", b"::1", M, b"1" * 3000),
    "X-Forwarded-Host": (b"evil.example", M),
    "X-Forwarded-Proto": (b"https", M),
    "X-Original-URL": (b"/metrics", b"/v1/ops/orders/parked"),
    "X-Rewrite-URL": (b"/metrics",),
    "Forwarded": (b"for=127.0.0.1;proto=https", M),
    "Range": (b"bytes=0-0", b"bytes=" + b"0-0," * 500, b"bytes=-1", M),
    "Cookie": (b"a=b", M * 300, b"=" * 500),
    "Origin": (b"null", b"https://evil.example", M),
    "Referer": (b"javascript:" + M,),
    "User-Agent": (b"", b"() { :;}; " + M, M * 500),
    "Expect": (b"200-ok", M),
    "TE": (b"trailers, deflate;q=0.5", M),
    "Upgrade": (b"websocket", b"h2c", M),
    "Accept-Encoding": (b"gzip", b"*;q=0", M),
    "Accept-Language": (b"*", M, b"x" * 1000),
    "Host": (b"evil.example", b"127.0.0.1:1", b"localhost", b"[::1]"),
    "baggage": (b"a=b", M * 500, b"=,;" * 300),
    "tracestate": (b"a=b", M, b"a=b," * 40),
}
"""Headers that nothing of ours should believe, or that the servers in front read."""

READ = (
    "Authorization",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Content-Type",
    "Accept",
    "traceparent",
    "X-Request-Id",
)
WEBHOOK = ("webhook-id", "webhook-timestamp", "webhook-signature")
OWN = {"Authorization": AUTHORIZATION, "traceparent": TRACEPARENT, "Content-Type": CONTENT_TYPE, "Accept": ACCEPT}


@cache
def headers(route_is_webhook: bool) -> dict[str, tuple[str, bytes]]:
    """Every malicious header by a name, e.g. Accept-3."""
    read = (*READ, *WEBHOOK) if route_is_webhook else READ
    found = {name: (*ANY, *OWN.get(name, ())) for name in read} | OTHERS
    return {f"{name}-{number}": (name, value) for name, each in found.items() for number, value in enumerate(each)}

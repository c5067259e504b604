"""Malicious JSON values and whole bodies, as the bytes that go over the wire."""

import gzip
import json
import zlib
from dataclasses import dataclass, field
from functools import cache

from tests.support.malicious.texts import MARK

NUMBER_MARK = "31337731337"
"""The mark in numbers, which can't hold letters."""

NUMBERS = (
    "0", "-0", "-1", "1", "2", "-9223372036854775809", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "2147483648", "-2147483649", "4294967296", "9007199254740993", "1000000000001",
    f"{NUMBER_MARK}0", f"-{NUMBER_MARK}", "1.0", "1.5", "-1.5", "0.1", "0.30000000000000004", "1e0", "1e2", "1E2",
    "1e-2", "1e308", "1e309", "-1e309", "1e400000", "1e-400", "1E+2", "100.00", f"0.{NUMBER_MARK}", "1" + "0" * 400,
    (NUMBER_MARK * 460)[:5000], "-" + (NUMBER_MARK * 460)[:5000], "0." + "3" * 5000, "1e" + "9" * 100,
    "NaN", "-NaN", "Infinity", "-Infinity", "+1", "01", "-01", ".5", "5.", "1_000", "0x1F", "1e", "--1", "1,5",
)  # fmt: skip

OTHER_KINDS = (
    "true", "false", "null", "True", "None", "undefined", "[]", "{}", "[[]]", "[null]", "[{}]", '{"a":null}', '""',
    f'"{MARK}"', f'["{MARK}"]', f'{{"{MARK}":"{MARK}"}}', f'{{"amount":1,"currency":"{MARK}"}}', "[1,2,3]",
    '{"amount":true,"currency":"MYR"}', '{"amount":1.0,"currency":"MYR"}', '{"amount":"1","currency":"MYR"}',
    '{"amount":1,"currency":"MYR","amount":2}', '{"$ref":"#"}', '{"__proto__":{"admin":true}}', f"[{'0,' * 999}0]",
    "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40, "[" * 31 + f'"{MARK}"' + "]" * 31, '"\\ud800"', '"\\u0000"',
    '"\\ud83d\\ude00"', '"\\x41"', '"\t"', "'a'", "`a`", "/*a*/1", "1//a", "",
)  # fmt: skip


@dataclass(frozen=True)
class Body:
    """The bytes of a body and the headers that it needs."""

    content: bytes
    headers: dict[str, bytes] = field(default_factory=dict)


@cache
def values() -> dict[str, bytes]:
    """Every JSON value that is no text, by name."""
    return {f"number-{n}": each.encode() for n, each in enumerate(NUMBERS)} | {
        f"kind-{n}": each.encode() for n, each in enumerate(OTHER_KINDS)
    }


def bodies(good: bytes) -> dict[str, Body]:
    """Every malicious body, made for a route that would take `good`."""
    return {**_shapes(good), **_encodings(good), **_types(good)}


def _shapes(good: bytes) -> dict[str, Body]:
    pairs = good.strip()[1:-1]
    found = {
        "empty": b"", "space": b"  \r\n", "null": b"null", "array": b"[]", "object": b"{}", "text": b'"' + M + b'"',
        "number": b"1", "true": b"true", "nan": b"NaN", "unclosed": good[:-1], "opened": b"{" + good, "twice": good * 2,
        "trailing": good + M, "leading": M + good, "comma": good[:-1] + b",}", "comment": b"/*x*/" + good,
        "single": good.replace(b'"', b"'"), "lines": good + b"\n" + good, "array-of": b"[" + good + b"]",
        "repeated": b"{" + pairs + (b"," if pairs else b"") + pairs + b"}", "extra": _with(pairs, b'"' + M + b'":1'),
        "status": _with(pairs, b'"status":"completed"'), "role": _with(pairs, b'"role":"support"'),
        "seller": _with(pairs, b'"seller":"' + M + b'"'), "proto": _with(pairs, b'"__proto__":{"a":1}'),
        "empty-key": _with(pairs, b'"":1'), "nul-key": _with(pairs, b'"\\u0000":1'),
        "surrogate-key": _with(pairs, b'"\\ud800":1'), "long-key": _with(pairs, b'"' + M * 2000 + b'":1'),
        "deep-array": b"[" * 40 + b"]" * 40, "deep-object": b'{"a":' * 40 + b"1" + b"}" * 40,
        "deep-inside": _with(pairs, b'"x":' + b"[" * 40 + b"]" * 40), "very-deep": b"[" * 60_000,
        "very-deep-object": b'{"a":' * 12_000,
        "many-keys": _with(pairs, b",".join(b'"k%d":1' % n for n in range(4000))),
        "many-items": b"[" + b"1," * 30_000 + b"1]", "long-number": b"1" * 60_000,
        "long-text": b'"' + M * 12_000 + b'"',
        "full": _with(pairs, b'"x":"' + b"a" * (65_000 - len(good)) + b'"'), "too-large": b'"' + M * 14_000 + b'"',
        "much-too-large": b'"' + M * 400_000 + b'"',
    }  # fmt: skip
    return {name: Body(content) for name, content in found.items()}


def _encodings(good: bytes) -> dict[str, Body]:
    text = good.decode()
    found = {
        "bom": b"\xef\xbb\xbf" + good, "utf-16": text.encode("utf-16"), "utf-16-be": text.encode("utf-16-be"),
        "utf-32": text.encode("utf-32"), "utf-7": b"+AHs-" + good, "latin-1": b'{"\xe9":1}', "invalid": b"\xff\xfe\xfd",
        "overlong": good[:-1] + b"\xc0\xae}", "cesu": good[:-1] + b"\xed\xa0\x80}", "nul": good + b"\x00",
        "nul-first": b"\x00" + good, "crlf": good.replace(b":", b"\r\n:\t"), "nbsp": b"\xc2\xa0" + good,
        "control": b'{"a":"\x01"}', "cut-utf-8": good[:-1] + b'"\xe2\x82"}', "bytes": bytes(range(256)),
    }  # fmt: skip
    plain = {name: Body(content) for name, content in found.items()}
    packed = {
        "gzip": Body(gzip.compress(good), {"Content-Encoding": b"gzip"}),
        "gzip-unsaid": Body(gzip.compress(good)),
        "gzip-bomb": Body(_bomb(), {"Content-Encoding": b"gzip"}),
        "deflate": Body(zlib.compress(good), {"Content-Encoding": b"deflate"}),
        "brotli-said": Body(good, {"Content-Encoding": b"br"}),
        "identity": Body(good, {"Content-Encoding": b"identity, " + M}),
    }
    return plain | packed


@cache
def _bomb() -> bytes:
    """Small as it is sent, and larger than any body may be once it is unpacked."""
    return gzip.compress(b"0" * 5_000_000)


def _types(good: bytes) -> dict[str, Body]:
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + M + b"\r\n--x--\r\n"
    published = {
        "xml": (b"application/xml", b'<?xml version="1.0"?><a>' + M + b"</a>"),
        "form": (b"application/x-www-form-urlencoded", b"amount=1&currency=" + M),
        "multipart": (b"multipart/form-data; boundary=x", form),
        "multipart-unbounded": (b"multipart/form-data", form),
        "plain": (b"text/plain", good),
        "merge-patch": (b"application/merge-patch+json", good),
        "utf-16-said": (b"application/json; charset=utf-16", good),
        "utf-16-said-and-done": (b"application/json; charset=utf-16", good.decode().encode("utf-16")),
        "no-type": (b"", good),
        "yaml": (b"application/yaml", b"a: !!python/object/apply:os.system [" + M + b"]"),
        "msgpack": (b"application/msgpack", b"\x81\xa1a\xa1b"),
        "ndjson": (b"application/x-ndjson", good + b"\n" + good),
    }
    return {f"as-{name}": Body(content, {"Content-Type": kind}) for name, (kind, content) in published.items()}


M = MARK.encode()


def _with(pairs: bytes, more: bytes) -> bytes:
    """The object with one more pair at its end."""
    return b"{" + pairs + (b"," if pairs else b"") + more + b"}"


def compact(value: object) -> bytes:
    """The value as JSON, with everything outside ASCII written as escapes; also lone surrogates."""
    return json.dumps(value, separators=(",", ":")).encode()

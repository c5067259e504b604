"""Malicious texts, each with a mark in it, so that an answer that repeats any of them is found out.

They are written as escapes: what can't be seen on a screen must be seen here.
"""

from functools import cache

MARK = "qj7xz"
"""Stands in no answer of ours unless somebody repeats what was sent."""

EMPTY_AND_BLANK = ("", " ", "\t", "\n", "\r", "\x0b", "\x0c", "\u00a0", "\u3000", "\u200b", "\ufeff", "  {m}  ")

CONTROLS = (
    "{m}\x00", "\x00{m}", "a\x00{m}b", "{m}\x01", "{m}\x07", "{m}\x08", "{m}\x1a", "{m}\x1b[31m", "\x1b]0;{m}\x07",
    "{m}\x7f", "{m}\x85", "{m}\x9f", "{m}\r\nSet-Cookie: a=b", "{m}\nX-Injected: 1", "{m}\r\n\r\n<html>", "{m}\u2028x",
    "{m}\u2029x", '{m}\n{"level":"error"}', "{m}\x0b\x0c", "{m}\x00\x00\x00\x00",
)  # fmt: skip

BROKEN_UNICODE = (
    "{m}\ud800", "\udfff{m}", "\udc00\ud800{m}", "{m}\ud83d", "\ude00{m}", "{m}\ufffe", "{m}\uffff", "{m}\ufdd0",
    "{m}\U0001fffe", "{m}\U0010ffff", "{m}\U000e0001", "{m}\ue000", "{m}\U000f0000", "{m}\ufffd", "{m}\u0378",
)  # fmt: skip

DIRECTIONS_AND_INVISIBLE = (
    "{m}\u202egnp.exe", "\u202a{m}\u202c", "\u2066{m}\u2069", "\u2067{m}", "\u2068{m}", "\u202d{m}", "\u200e{m}",
    "\u200f{m}", "\u061c{m}", "{m}\u200b{m}", "{m}\u200c", "{m}\u200d", "{m}\u2060", "{m}\ufeff", "{m}\u00ad",
    "{m}\u180e", "{m}\u034f", "{m}\ufe0f", "{m}\u115f", "{m}\u3164", "{m}\U000e0041\U000e007f", "{m}\ufff9a\ufffb",
)  # fmt: skip

LOOK_ALIKES = (
    "\u0430dmin{m}", "\u0455upport-{m}", "p\u0430yp\u0430l{m}", "\u212alisting{m}", "\uff41\uff44\uff4d\uff49\uff4e{m}",
    "\U0001d41a\U0001d41d{m}", "{m}\u0131\u0130", "stra\u00dfe{m}", "{m}\ufb03", "\u01c4{m}", "e\u0301{m}",
    "{m}" + "\u0301" * 200, "Z\u0351\u036b\u0343\u036aa\u0302{m}", "{m}\u1e9e", "\u03c2\u03c3{m}",
)  # fmt: skip

UNUSUAL_DIGITS = (
    "\u0661\u0662\u0663", "\uff11\uff12\uff13", "\u00b2", "\u2460", "\u00bd", "\u0967\u0968", "\U0001d7d9", "\u2167",
    "\u3007", "1\u202f000", "1\u00a0000", "1_000", "1,000", "1'000", "0x1F", "0b11", "0o17", "\u22121", "\u20131",
    "+1", "1.", ".5", "1e3", "1E400000", "NaN", "nan", "Infinity", "-inf", "0", "-0", "00", "-1", "1" * 400,
    "9223372036854775808", "18446744073709551616", "340282366920938463463374607431768211456",
)  # fmt: skip

SQL = (
    "'", '"', "`", "\\", "{m}'", "{m}' OR '1'='1", "{m}'; DROP TABLE orders; --", '{m}") OR 1=1 --', "{m}/**/",
    "{m}' UNION SELECT null,null --", "%", "_", "%{m}%", "{m}\\", "{m}\\'", "$1", "${m}$", "$${m}$$", ":{m}",
    "{m}'; SELECT pg_sleep(9) --", "E'\\\\{m}'", "{m}'::int", "1;{m}", "{m}--", "{m}#", "\\x00{m}", "{m}\\u0000",
)  # fmt: skip

PATHS = (
    "..", ".", "../{m}", "../../../../etc/passwd", "..\\..\\{m}", "/etc/{m}", "C:\\{m}", "file:///{m}", "{m}/../..",
    "%2e%2e%2f{m}", "..%2f{m}", "..%252f{m}", "%00{m}", "{m}%00.png", "{m};a=b", "{m}?x=1", "{m}#x", "~{m}", "con",
    "aux.{m}", "{m}:stream", "//{m}", "\\\\{m}\\share", "{m}/", "/", "{m}%0d%0aX-Injected:1", "{m}%", "%zz{m}",
)  # fmt: skip

TEMPLATES_AND_SCRIPTS = (
    "{{7*7}}{m}", "${7*7}{m}", "#{7*7}{m}", "<%= 7*7 %>{m}", "{% {m} %}", "{0.__class__}{m}", "%s%s%n{m}",
    "%({m})s", "{{{m}}}", "<script>{m}</script>", '"><img src=x onerror={m}>', "javascript:{m}", "<!--{m}-->",
    "<![CDATA[{m}]]>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///{m}">]>', "&{m};", "\\u003cscript\\u003e{m}",
    "${jndi:ldap://127.0.0.1/{m}}", "`{m}`", "$({m})", "|{m}", ";{m}", "&& {m}", "=cmd|'/c {m}'!A1", "@{m}", "-{m}",
    "() { :;}; {m}", "__proto__", "constructor.{m}", "{'a':'{m}'}", '{"$gt":"{m}"}', "[{m}]", "(({m}))*",
)  # fmt: skip

WORDS = (
    "null", "undefined", "true", "false", "None", "nil", "(null)", "[object Object]", "NULL", "N/A", "admin", "root",
    "support", "system", "default", "id", "status", "completed", "all", "*", "any", "-", "--", "\u2603", "\U0001f4a9",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467{m}", "K0000000000", "P0000000000",
    "00000000-0000-0000-0000-000000000000",
    "2026-02-30T25:61:61Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-01-01", "P1Y", "PT0S", "-PT1H",
)  # fmt: skip

LONG = (
    "{m}" * 50, "{m}" * 210, "{m}" * 810, "\U0001f4a9" * 300 + "{m}", "{m}" + " " * 3000, "(" * 500 + "{m}",
    "a" * 5000 + "{m}", "{m}\u0e47" + "\u0e47" * 1000,
)  # fmt: skip

_KINDS = {
    "blank": EMPTY_AND_BLANK, "control": CONTROLS, "broken": BROKEN_UNICODE, "direction": DIRECTIONS_AND_INVISIBLE,
    "alike": LOOK_ALIKES, "digits": UNUSUAL_DIGITS, "sql": SQL, "path": PATHS, "script": TEMPLATES_AND_SCRIPTS,
    "word": WORDS, "long": LONG,
}  # fmt: skip


@cache
def texts() -> dict[str, str]:
    """Every text by a name that tells its kind, e.g. sql-5."""
    return {
        f"{kind}-{number}": pattern.replace("{m}", MARK)
        for kind, patterns in _KINDS.items()
        for number, pattern in enumerate(patterns)
    }

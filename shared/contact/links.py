"""E-mail addresses and links to other sites."""

import re

from shared.contact.views import MAIL
from shared.contact.vocabulary import GAMES, ORDINARY, words

ALWAYS = words(
    "com net org biz xyz gg io app dev co ru cn cc tv ws tk ml ga ly gl ee gy ph vn kr sg br jp tw hk uk kz ua"
)
"""Endings that are hardly ever the first word of a sentence."""
WORDLIKE = words(
    "shop store site online info top club fun cash world best space zone vip trade chat social email link click help"
    " plus pro one life market sale deals games game gold live team me to page website tech cloud win bid asia"
)
"""Endings that are words too: only behind a name that is no ordinary word."""
COUNTRIES = words("my id th in it is us no de es fr pl nl eu au ca mx ar cl pe tr at be se ch nz za ae so im la st sh")
"""Endings that are words in some language: only with a path, a www, a cue, or com/co before them."""
MARKETS = words("my id th")
SECOND = words("com co net org or go ac web biz")
MESSENGERS = words(
    "t.me wa.me m.me fb.me ig.me line.me zalo.me vk.me telegram.me telegram.dog discord.gg dsc.gg invite.gg bit.ly"
    " goo.gl t.co is.gd s.id rb.gy cutt.ly ow.ly tinyurl.com linktr.ee telegra.ph youtu.be fb.com qq.com"
)
"""Sites that only redirect: to a messenger, or from a short name to anywhere."""

EMAIL = re.compile(r"(?<=[a-z0-9_+-])@(?=((?:[a-z0-9-]++\.)+))\1([a-z]{2,18}+)(?![a-z0-9])")
PROVIDER = re.compile(rf"(?<=[a-z0-9_.])\s?@\s?(?:{MAIL})(?![a-z0-9-])")
SPREAD = re.compile(r"@(?:gmail|yahoo|hotmail|outlook|icloud|proton)")
BETWEEN = re.compile(r"[\s_*~|,;/\\'\"`^-]++")
SCHEME = re.compile(r"(?:h(?:tt|xx)ps?\s?:\s?/\s?/\s?|(?<![a-z0-9])www\s?\.\s?)(?:www\.)?([^\s/]{0,80}+)(/\S?)?")
HOST = re.compile(
    r"(?<![a-z0-9._-])(?<![\w+-]@)(?=((?:[a-z0-9][a-z0-9-]*+\.)+))\1([a-z]{2,18}+)(?![a-z0-9_@-])(\s?/\s?\w)?"
)
SPELLED = re.compile(
    r"(?<![\w'])(?:t|wa)\W{0,3}me\s?/\s?\w{3}|(?<!\w)bit\W{1,3}ly\W{1,3}\w{3}|discord\W{0,3}gg\W{0,2}/\W{0,2}\w{2}"
    r"|discord(?:app)?\.com/"
)
CUE = re.compile(
    r"(?<![a-z])(?:visit|site|website|web|page|see|check|at|via|url|link|google|search|homepage|store|shop)\W{1,3}$"
)
LAST = re.compile(r"\s*(?:$|[\n,;!?)])")
OFFICIAL = words("gift redeem code codes activate download en")
"""Paths of publishers' pages on which a code is redeemed."""


def has_email(text: str) -> bool:
    """Whether somebody's mailbox can be read out of the text."""
    if "@" not in text:
        return False
    if PROVIDER.search(text) or any(_is_top(found[2]) for found in EMAIL.finditer(text)):
        return True
    return SPREAD.search(BETWEEN.sub("", text)) is not None


def has_link(text: str) -> bool:
    """Whether the text links to another site; names of games and pages of their publishers do not count."""
    if any(not _is_known(found[1], text[found.end(1) : found.end(1) + 24]) for found in SCHEME.finditer(text)):
        return True
    return SPELLED.search(text) is not None or any(_leads_away(found, text) for found in HOST.finditer(text))


def _is_top(ending: str) -> bool:
    return len(ending) == 2 or ending in ALWAYS or ending in WORDLIKE


def _leads_away(found: re.Match[str], text: str) -> bool:
    labels, ending = found[1][:-1].split("."), found[2]
    name = labels[-1]
    if f"{name}.{ending}" in MESSENGERS:
        return True
    if name.isdigit() or _is_known(f"{found[1]}{ending}", text[found.end(2) : found.end(2) + 24]):
        return False
    if ending in ALWAYS:
        return ending != "co" or name not in ORDINARY
    if ending not in WORDLIKE and ending not in COUNTRIES:
        return False
    return (name in SECOND and len(labels) > 1) or (name not in ORDINARY and _is_meant(found, text))


def _is_meant(found: re.Match[str], text: str) -> bool:
    """Whether a name whose ending is a word too is meant as a site: by a path, by what stands before, by its length."""
    if found[3] or CUE.search(text, max(0, found.start() - 12), found.start()):
        return True
    if found[2] in MARKETS and LAST.match(text, found.end()):
        return True
    return found[2] in WORDLIKE and found[2] not in ("me", "to") and len(found[1]) > 6


def _is_known(host: str, path: str) -> bool:
    """Whether this is a game's name that looks like a site, or its publisher's page for codes."""
    site = ".".join(host.rstrip(".,;:!?)").split(".")[-2:])
    if site not in GAMES:
        return False
    steps = [step for step in re.split(r"[/?#]", path.split(maxsplit=1)[0] if path.strip() else "") if step]
    return not path.startswith("/") or not steps or steps[0].rstrip(".,;:!)") in OFFICIAL

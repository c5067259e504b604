"""Names on messengers: a messenger's name and, near it, an identifier that is no ordinary word."""

import re
from collections.abc import Iterable

from shared.contact.folding import fold
from shared.contact.vocabulary import ORDINARY, words

LEET = str.maketrans("1i0345789@$", "lloeastbgas")
STRONG = words(
    "telegram telegrm telegrama watsapp whatsap whatsapp wassap wasap whats-app wechat weixin discord instagram"
    " kakaotalk kakao-talk kakao snapchat skype viber tele-gram dis-cord insta-gram face-book facebook tiktok imessage"
    " zalo za-lo twitter wechatid lineid телеграм телега вотсап ватсап вайбер дискорд скайп инстаграм"
)
UNSPACED = words(
    "微信 加微 加微信 加vx 加qq 加q 加v 薇信 威信 v信 扣扣 加扣 电报 電報 纸飞机 紙飛機 脸书 臉書 推特 加賴 加赖 抖音"
    " テレグラム インスタ インスタグラム ディスコード フェイスブック ツイッター カカオトーク スカイプ ウィーチャット"
    " ワッツアップ バイバー ザロ"
    " 카톡 카카오톡 텔레그램 텔레 텔그 디스코드 디코 인스타 인스타그램 페이스북 페메 위챗 왓츠앱 와츠앱 바이버 트위터"
    " 스카이프 오픈톡 오픈채팅 잘로"
    " ไลน์ ไลน เทเลแกรม เทเล ไอจี อินสตาแกรม อินสตา ดิสคอร์ด เฟสบุ๊ค เฟสบุ๊ก เฟซบุ๊ก เฟซบุ๊ค วีแชท วีแชต วอทส์แอป"
    " วอตส์แอป ไวเบอร์ ซิกแนล ทวิตเตอร์ สไกป์ กาเกาทอล์ค ซาโล"
    " تلغرام تلجرام تليجرام تيليجرام تيلجرام تيليغرام تلقرام واتساب واتسآب وتساب انستغرام انستقرام انستجرام انستا"
    " ديسكورد دسكورد فيسبوك ويشات فايبر سيجنال سناب تويتر سكايب كاكاو زالو"
)
"""The same in scripts without capitals, most of which write their words without spaces between."""
UNSPACED_WORDS = words("ライン シグナル ディスコ カカオ 라인 시그널 카카오 ดิส เฟส لاين ايمو")
"""Words of these scripts that mean something else too."""
"""Messengers whose names mean nothing else."""
SHORT, WORDS = (
    "tg|ig|insta|tele|fb|qq|vx|vk|wa|wapp",
    "line|signal|dc|disc|imo|kik|snap|we\\schat|ws|messenger|threads|session|face|mess|whats|wpp|zap",
)
"""Abbreviations, which need a name beside them that looks like one, and ordinary words, which need more than that."""


GLUED = 3
"""The force of a name in a script without spaces: what follows may touch it."""


def _spelled(names: Iterable[str]) -> str:
    """Messengers' names as a pattern over folded text with its digits read as letters; a hyphen may be any gap."""
    found = (fold(word).translate(LEET) for word in names)
    return "|".join(re.escape(word).replace(r"\-", r"[\W_]?") for word in sorted(found, key=len, reverse=True))


LONG_NAME = re.compile(_spelled(STRONG))
UNSPACED_NAME = re.compile(f"({_spelled(UNSPACED)})|{_spelled(UNSPACED_WORDS)}")
SHORT_NAME = re.compile(rf"(?<![a-z0-9])(?:({SHORT})|(?:{WORDS}))(?![a-z0-9])")
AFTER = re.compile(
    r"(?=((?:[\s:=>|()\[\]*.,~\"'/-]{0,5}+(?:(?:id|ids|is|user(?:name)?|name|nick(?:name)?|handle|tag|acc|account|as|me"
    r"|at|on|add|contact|es|ku|saya|adalah|official|no|live|meu|minha|toi|minh|nick)(?![\w])"
    r"|id(?=[\s:=])|号码|号|號|群|账号|帐号|帳號|名字|是|的|搜|加|アカウント|のid|の|は|名|아이디|계정|주소|는|은|ไอดี|คือ|ชื่อ"
    r"|المعرف|معرف|هو|حساب|حسابي|يوزر)?){0,4}))\1"
    r"(@?)\s?([a-z0-9][a-z0-9_.#-]{1,31}+)"
)
LINKS = words("on in at via em no di en - : (")
OWNER = re.compile(r"(@?)([a-z][\w.]{3,30}+),?")
ASSIGNED = re.compile(
    r"[:=>]|(?<![a-z])(?:id|ids|user|username|nick|nickname|handle)(?![a-z])|[号號群搜]|アカウント|아이디|계정|ไอดี|معرف|يوزر"
)
CUE = re.compile(
    r"(?<![a-z])(?:my|add|msg|message|dm|pm|contact|find|reach|hit|text|ping|search|me|us|hubungi|chame|chama"
    r"|adiciona|agrega|escribe|meu|mi|cari|tambah|write|talk|chat)(?![a-z])"
)
TAG = re.compile(r"(?<![\w#@])([a-z][\w.]{2,31}+)#(?!00)(\d{4})(?!\w)")
IN_GAME = re.compile(
    r"(?<![a-z])(?:battle\.?\s?(?:tag|net)|bnet|blizzard|riot|valorant|overwatch|hearthstone|diablo|in.?game|ign)"
    r"(?![a-z])"
)
NAMED = re.compile(r"(?<![\w.@])@([a-z][\w.]{3,31}+)")
SEPARATOR = re.compile(r"[._#-]++")
ID = re.compile(r"(?<![a-z])id(?![a-z])")
NAMING = re.compile(
    r"(?<![a-z])(?:id|user(?:name)?|nick(?:name)?|handle|as)(?![a-z])|[号號]|アカウント|아이디|계정|ไอดี|معرف|يوزر"
)
NEXT_WORD = re.compile(r"[ -]{1,3}(?!(?:for|or|if|before|after|when|now|pls|please|anytime)(?![a-z]))[a-z]{2}")
"""A word that goes on: what stands before it is an ordinary word, not a name."""
QUANTITY = re.compile(
    r"\s?(?:k|m|\+|followers?|members?|likes?|views?|stars?|subs\w*|friends?|coins?|real|usd|points?|posts?)(?![a-z])"
)


def has_handle(text: str) -> bool:
    """Whether the text has the name of somebody on a messenger."""
    if any(_is_name(found, text) for found in NAMED.finditer(text)):
        return True
    if "#" in text and IN_GAME.search(text) is None and any(_is_name_like(each[1]) for each in TAG.finditer(text)):
        return True
    long = ((found.start(), found.end(), 2) for found in LONG_NAME.finditer(text.translate(LEET)))
    if any(not text[end : end + 1].isalpha() and _has_owner(text, start, end, force) for start, end, force in long):
        return True
    unspaced = ((found.start(), found.end(), GLUED if found[1] else 0) for found in UNSPACED_NAME.finditer(text))
    if any(_has_owner(text, start, end, force) for start, end, force in unspaced):
        return True
    short = ((found.start(), found.end(), 1 if found[1] else 0) for found in SHORT_NAME.finditer(text))
    return any(_has_owner(text, start, end, force) for start, end, force in short)


def _has_owner(text: str, start: int, end: int, force: int) -> bool:
    """Whether a name stands beside a messenger's; `force` says how little else the messenger's name can mean."""
    found = AFTER.match(text, end)
    if found is not None and _owns(text, start, found, force):
        return True
    return _is_led_by_name(text, start, force)


def _is_led_by_name(text: str, start: int, force: int) -> bool:
    """Whether it says "somebody on" before the messenger's name."""
    before = text[max(0, start - 48) : start].replace("(", " ( ").split()
    if before and before[-1] == "my":
        before.pop()
    found = OWNER.fullmatch(before[-2]) if len(before) >= 2 and before[-1] in LINKS else None
    if found is None:
        return False
    if found[1]:
        return True
    if _is_identifier(found[2]) and len(_core(found[2])) >= 4:
        return force > 0
    return force == 2 and _is_name_like(found[2]) and CUE.search(" ".join(before[:-2])) is not None


def _owns(text: str, start: int, found: re.Match[str], force: int) -> bool:
    link, at, token = found[1], found[2], found[3].rstrip(".-#")
    assigned = ASSIGNED.search(link) is not None
    if not link and force == GLUED and len(token) >= 5:
        return _is_number(found, text) if token.isdigit() else len(_core(token)) >= 4 and _is_identifier(token)
    if at or len(token) < 3 or not link or ("\n" in link and not assigned):
        return bool(at) and len(token) >= 3 and not token[0].isdigit()
    if token.isdigit():
        numbered = (assigned and force > 0) or (text.startswith(("qq", "加"), start) and len(token) >= 6)
        return numbered and _is_number(found, text)
    return _is_meant(text, start, found, force, assigned=assigned)


def _is_meant(text: str, start: int, found: re.Match[str], force: int, *, assigned: bool) -> bool:
    """Whether the name beside a messenger's is meant as somebody's there."""
    link, token = found[1], found[3].rstrip(".-#")
    cued = _is_cued(text, start, 24)
    if _is_identifier(token):
        return force > 0 or assigned or cued
    if not _is_name_like(token) or (not link.strip() and text.startswith("my ", start - 3)):
        return False
    if NAMING.search(link) is not None:
        return force > 0 or cued or ID.search(link) is not None
    is_cued = (force > 0 and assigned) or (cued and (force == 2 or assigned))
    return is_cued and NEXT_WORD.match(text, found.end()) is None


def _is_number(found: re.Match[str], text: str) -> bool:
    """Whether the digits found are an account's, and not so many of something."""
    goes_on = text[found.end() : found.end() + 1].isalpha()
    return len(found[3]) >= 5 and not goes_on and QUANTITY.match(text, found.end()) is None


def _is_name(found: re.Match[str], text: str) -> bool:
    """Whether an @name is somebody's: with signs that only identifiers have, or after a word that asks for contact."""
    if _is_identifier(found[1]):
        return True
    return _is_cued(text, found.start(), 14) and _is_name_like(found[1])


def _is_cued(text: str, start: int, reach: int) -> bool:
    """Whether the same line asks for contact just before this place."""
    first = max(0, start - reach)
    return CUE.search(text, max(first, text.rfind("\n", first, start)), start) is not None


def _core(token: str) -> str:
    return token.strip("0123456789_.-#")


def _is_identifier(token: str) -> bool:
    """Whether it has letters and, between or behind them, what ordinary words don't have."""
    if not token[0].isalpha() or len(_core(token)) < 3:
        return False
    if all(part.strip("0123456789") in ORDINARY for part in SEPARATOR.split(_core(token))):
        return False
    return any(sign.isdigit() or sign in "_.#" for sign in token)


def _is_name_like(token: str) -> bool:
    core = _core(token)
    return len(core) >= 4 and core.replace("-", "").replace("_", "").replace(".", "").isalnum() and core not in ORDINARY

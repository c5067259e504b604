"""A text that is accepted comes back as it was sent, to the last character; what harms readers is refused."""

import json

from deploy.client.person import a_listing
from tests.support.malicious.attacks import launch
from tests.support.malicious.bodies import compact
from tests.support.malicious.ground import Ground
from tests.support.malicious.texts import texts
from tests.support.malicious.wire import request

OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HARMFUL = {"\x00", "\x07", "\x1b", "\x7f", "\x85", *"\ud800\udfff", *OVERRIDES}


async def stored(ground: Ground) -> dict[str, str | None]:
    """What a listing's title and description are, for each text that was sent as both; None if it was refused."""
    writers = {name: ground.market.someone("writer") for name in texts()}
    tokens = {name: {"Authorization": each.headers["Authorization"].encode()} for name, each in writers.items()}
    paths = {name: f"/v1/listings/{each.name}" for name, each in writers.items()}
    bodies = {name: compact(a_listing(title=text, description=text)) for name, text in texts().items()}
    json_ = {"Content-Type": b"application/json"}
    sent = {name: request("PUT", paths[name], tokens[name] | json_, bodies[name]) for name in paths}
    put = await launch(ground.address, sent)
    made = [name for name, reply in put if reply.status == 200]
    assert {reply.status for name, reply in put if name not in made} <= {400, 422}
    got = await launch(ground.address, {name: request("GET", paths[name], tokens[name]) for name in made})
    read = {name: json.loads(reply.body) for name, reply in got}
    assert [name for name, each in read.items() if each["title"] != each["description"]] == []
    return {name: read[name]["title"] if name in read else None for name in paths}


class TestWhatIsAccepted:
    async def test_comes_back_as_it_was_sent(self, ground: Ground) -> None:
        found = {name: text for name, text in (await stored(ground)).items() if text is not None}
        assert {name for name, text in found.items() if text != texts()[name]} == set()
        assert {name.split("-")[0] for name in found} >= {"sql", "script", "path", "alike", "digits", "word"}
        assert [name for name, text in found.items() if HARMFUL & set(text)] == []


class TestWhatIsRefused:
    async def test_blank_broken_and_too_long_texts_and_what_changes_the_reading_direction(self, ground: Ground) -> None:
        found = await stored(ground)
        refused = {name for name, text in found.items() if text is None}
        assert {name for name, text in texts().items() if HARMFUL & set(text) or not text.strip()} <= refused
        assert {name for name, text in texts().items() if len(text) > 200} <= refused

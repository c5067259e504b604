"""The caller is whom a valid token names; anything else in the header is 401, never a fault."""

import base64
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet, OctKey, OKPKey

from shared.clock import real_now
from shared.http.auth import Caller, Tokens
from shared.http.problems import RefusedError
from shared.refusals import Refusal, RefusalCode

KEY = OKPKey.generate_key("Ed25519", parameters={"kid": "own"})
STRANGER = OKPKey.generate_key("Ed25519", parameters={"kid": "own"})
NOW = int(real_now().timestamp())
GOOD: dict[str, Any] = {"sub": "alice", "iss": "issuer", "aud": "market", "exp": NOW + 3600, "roles": ["user"]}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    """An installation that trusts one key."""
    path: Path = tmp_path_factory.mktemp("keys") / "keys.json"
    path.write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    return Tokens(path, "issuer", "market")


def signed(claims: dict[str, Any], key: Any = KEY, algorithm: str = "EdDSA", **header: Any) -> str:
    """A token that says this, under this key and algorithm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode({"alg": algorithm, "kid": "own", **header}, claims, key, algorithms=[algorithm])


def part(text: str) -> str:
    """One part of a token, as it travels."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def caller(tokens: Tokens, claims: dict[str, Any]) -> Caller:
    """The caller of a token that says this."""
    found = tokens.caller(f"Bearer {signed(claims)}")
    assert found is not None
    return found


def refused(tokens: Tokens, authorization: str) -> RefusalCode:
    """The code with which the header is refused."""
    with pytest.raises(RefusedError) as caught:
        tokens.caller(authorization)
    return caught.value.refused.code


class TestWhoAmI:
    def test_without_a_header_nobody(self, tokens: Tokens) -> None:
        assert tokens.caller(None) is None

    def test_whom_the_token_names_with_the_roles_we_know(self, tokens: Tokens) -> None:
        found = caller(tokens, GOOD | {"roles": ["user", "support", "emperor"]})
        assert (found.sub, found.user, set(found.roles)) == ("alice", "alice", {"user", "support"})

    def test_an_assistant_acts_for_one_seller(self, tokens: Tokens) -> None:
        found = caller(tokens, GOOD | {"acts_for": "bob"})
        assert (found.sub, found.user) == ("alice", "bob")

    @pytest.mark.parametrize(("ago", "fresh"), [(0, True), (290, True), (310, False), (None, False)])
    def test_money_out_needs_a_log_in_of_the_last_five_minutes(
        self, tokens: Tokens, ago: int | None, fresh: bool
    ) -> None:
        claims = GOOD | ({"auth_time": int(real_now().timestamp()) - ago} if ago is not None else {})
        assert caller(tokens, claims).is_fresh() is fresh

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_the_scheme_is_bearer_in_any_case(self, tokens: Tokens, scheme: str) -> None:
        assert tokens.caller(f"{scheme} {signed(GOOD)}") == tokens.caller(f"Bearer {signed(GOOD)}")

    def test_a_token_of_several_audiences_is_ours_too(self, tokens: Tokens) -> None:
        assert caller(tokens, GOOD | {"aud": ["other", "market"]}).sub == "alice"


class TestWhichTokensAreNotBelieved:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"exp": NOW - 3600},
            {"exp": None},
            {"exp": "tomorrow"},
            {"exp": 1e308},
            {"nbf": NOW + 3600},
            {"aud": "bank"},
            {"aud": ["bank"]},
            {"aud": {}},
            {"aud": None},
            {"iss": "somebody"},
            {"iss": ["issuer"]},
            {"iss": None},
            {"sub": None},
            {"sub": ""},
            {"sub": 7},
            {"sub": ["alice"]},
            {"sub": "a\x00b"},
            {"sub": "a\u202eb"},
            {"sub": "x" * 129},
            {"acts_for": ""},
            {"acts_for": {}},
            {"roles": "user"},
            {"roles": [["user"]]},
            {"auth_time": []},
            {"auth_time": float("inf")},
        ],
        ids=lambda wrong: f"{next(iter(wrong))}-{type(next(iter(wrong.values()))).__name__}",
    )
    def test_one_with_a_wrong_claim(self, tokens: Tokens, wrong: dict[str, Any]) -> None:
        claims = {name: value for name, value in (GOOD | wrong).items() if value is not None}
        assert refused(tokens, f"Bearer {signed(claims)}") is Refusal.UNAUTHENTICATED

    def test_one_that_another_key_signed(self, tokens: Tokens) -> None:
        assert refused(tokens, f"Bearer {signed(GOOD, STRANGER)}") is Refusal.UNAUTHENTICATED

    def test_one_under_a_key_that_we_do_not_know(self, tokens: Tokens) -> None:
        assert refused(tokens, f"Bearer {signed(GOOD, kid='other')}") is Refusal.UNAUTHENTICATED

    def test_one_signed_with_the_public_key_as_a_secret(self, tokens: Tokens) -> None:
        secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
        assert refused(tokens, f"Bearer {signed(GOOD, secret, 'HS256')}") is Refusal.UNAUTHENTICATED

    @pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "EdDSA", "HS256", "RS256"])
    def test_one_without_a_signature(self, tokens: Tokens, algorithm: str) -> None:
        unsigned = f"{part(json.dumps({'alg': algorithm, 'kid': 'own'}))}.{part(json.dumps(GOOD))}."
        assert refused(tokens, f"Bearer {unsigned}") is Refusal.UNAUTHENTICATED

    def test_one_whose_claims_were_changed(self, tokens: Tokens) -> None:
        head, _, signature = signed(GOOD).split(".")
        changed = part(json.dumps(GOOD | {"sub": "bob"}))
        assert refused(tokens, f"Bearer {head}.{changed}.{signature}") is Refusal.UNAUTHENTICATED

    def test_one_that_ran_out_since_it_was_last_seen(self, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
        header = f"Bearer {signed(GOOD | {'sub': 'remembered'})}"
        assert tokens.caller(header) is not None
        later = real_now().fromtimestamp(GOOD["exp"] + 61, real_now().tzinfo)
        monkeypatch.setattr("shared.http.auth.real_now", lambda: later)
        assert refused(tokens, header) is Refusal.UNAUTHENTICATED


class TestWhatElseStandsInTheHeader:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "Bearer  x",
            "Bearer a.b.c",
            "Bearer ...",
            "Bearer =.=.=",
            "Bearer é.é.é",
        ],
    )
    def test_what_is_no_token_is_refused(self, tokens: Tokens, header: str) -> None:
        assert refused(tokens, header) is Refusal.UNAUTHENTICATED

    def test_a_huge_one_is_refused_unread(self, tokens: Tokens) -> None:
        assert refused(tokens, f"Bearer {signed(GOOD | {'x': 'x' * 9000})}") is Refusal.UNAUTHENTICATED

    @pytest.mark.parametrize(
        "head",
        [
            "[]",
            "null",
            '"EdDSA"',
            "{",
            "[" * 3000,
            '{"alg":[]}',
            '{"alg":{}}',
            '{"alg":1e999}',
            '{"alg":"EdDSA","kid":{}}',
            '{"alg":"EdDSA","kid":7}',
            '{"alg":"EdDSA","kid":"own","crit":["b64"],"b64":false}',
        ],
        ids=lambda head: head[:30],
    )
    def test_a_strange_head_is_refused(self, tokens: Tokens, head: str) -> None:
        token = f"{part(head)}.{part(json.dumps(GOOD))}.{'x' * 86}"
        assert refused(tokens, f"Bearer {token}") is Refusal.UNAUTHENTICATED

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(max_size=60))
    def test_whatever_it_is_it_is_refused(self, tokens: Tokens, text: str) -> None:
        assert refused(tokens, f"Bearer {text}") is Refusal.UNAUTHENTICATED

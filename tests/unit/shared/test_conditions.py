"""Entity tags: which headers hold, what a read answers to them, and which operations document them."""

from typing import Any

import pytest
from fastapi import Request, Response
from starlette.datastructures import Headers

from deploy.services import SERVICES
from shared.http import conditions
from shared.http.document import PROBLEM
from tests.support.documents import document

MINE = conditions.tag(b"mine")


def headers(*lines: tuple[str, str]) -> Headers:
    """Headers with these lines."""
    return Headers(raw=[(name.lower().encode(), value.encode("latin-1")) for name, value in lines])


def read(*lines: tuple[str, str], status: int = 200) -> Response:
    """What a read of `mine` answers under these headers."""
    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": headers(*lines).raw}
    answer = Response(b"mine", status, {"Vary": "Accept"}, "application/json")
    return conditions.shown(Request(scope), answer)


class TestTags:
    def test_a_tag_is_strong_and_changes_with_every_byte(self) -> None:
        assert MINE.startswith('"')
        assert conditions.tag(b"mine") == MINE
        assert conditions.tag(b"mine ") != MINE


class TestIfMatch:
    @pytest.mark.parametrize("given", [MINE, "*", f' "other" ,{MINE}', f'W/"other",, {MINE},', f'"a,b" , {MINE}'])
    def test_it_holds_for_the_tag_alone_in_a_list_or_for_anything(self, given: str) -> None:
        assert conditions.hold(headers(("If-Match", given)), MINE)

    @pytest.mark.parametrize(
        "given", ['"other"', f"W/{MINE}", f"w/{MINE}", MINE.strip('"'), "", f"{MINE} {MINE}", f"*, {MINE}", f"{MINE};"]
    )
    def test_it_fails_for_others_for_weak_ones_and_for_what_is_no_list_of_tags(self, given: str) -> None:
        assert not conditions.hold(headers(("If-Match", given)), MINE)

    def test_several_lines_are_one_list(self) -> None:
        assert conditions.hold(headers(("If-Match", '"other"'), ("If-Match", MINE)), MINE)

    @pytest.mark.parametrize("given", ["*", MINE])
    def test_nothing_matches_what_is_not_there(self, given: str) -> None:
        assert not conditions.hold(headers(("If-Match", given)), None)


class TestIfNoneMatchOfACommand:
    @pytest.mark.parametrize("given", [MINE, f"W/{MINE}", "*"])
    def test_it_fails_for_what_is_there(self, given: str) -> None:
        assert not conditions.hold(headers(("If-None-Match", given)), MINE)

    def test_a_star_holds_where_nothing_is_and_another_tag_always(self) -> None:
        assert conditions.hold(headers(("If-None-Match", "*")), None)
        assert conditions.hold(headers(("If-None-Match", '"other"')), MINE)


class TestReads:
    def test_every_answer_has_its_tag(self) -> None:
        assert (read().status_code, read().headers["etag"]) == (200, MINE)

    @pytest.mark.parametrize("given", [MINE, f"W/{MINE}", "*", f'"other", {MINE}'])
    def test_what_the_caller_has_is_not_sent_again(self, given: str) -> None:
        answer = read(("If-None-Match", given))
        assert (answer.status_code, answer.body) == (304, b"")
        assert {name: answer.headers[name] for name in ("etag", "vary")} == {"etag": MINE, "vary": "Accept"}
        assert "content-type" not in answer.headers

    @pytest.mark.parametrize("given", ['"other"', "mine", ""])
    def test_anything_else_is_sent(self, given: str) -> None:
        assert read(("If-None-Match", given)).body == b"mine"

    def test_a_read_that_must_be_of_another_version_is_refused(self) -> None:
        assert read(("If-Match", '"other"')).status_code == 412
        assert read(("If-Match", MINE)).status_code == 200

    def test_a_refusal_has_no_tag(self) -> None:
        answer = read(("If-None-Match", "*"), status=404)
        assert (answer.status_code, "etag" in answer.headers) == (404, False)


class TestDocuments:
    def test_commands_of_what_can_be_read_take_if_match_and_reads_if_none_match(self) -> None:
        things = ("get /things", "post /things", "get /things/{id}", "put /things/{id}", "post /things/{id}/do/{part}")
        others = ("post /others/{id}/do", "put /others", "get /mine", "put /mine")
        paths: dict[str, dict[str, Any]] = {}
        for method, path in (each.split() for each in (*things, *others)):
            paths.setdefault(path, {})[method] = {"responses": {"200": {"description": ""}}}
        conditions.document(paths)
        headers_of = {
            f"{method} {path}": [each["name"] for each in operation.get("parameters", ())]
            for path, item in paths.items()
            for method, operation in item.items()
        }
        assert {name for name, names in headers_of.items() if names == ["If-None-Match"]} == {
            "get /things",
            "get /things/{id}",
            "get /mine",
        }
        assert {name for name, names in headers_of.items() if names == ["If-Match"]} == {
            "put /things/{id}",
            "post /things/{id}/do/{part}",
            "put /mine",
        }
        assert "ETag" in paths["/mine"]["get"]["responses"]["200"]["headers"]
        assert {"304"} < set(paths["/mine"]["get"]["responses"])
        assert "412" in paths["/mine"]["put"]["responses"]

    @pytest.mark.parametrize("service", SERVICES)
    def test_every_service_documents_them_and_every_refusal_is_a_problem(self, service: str) -> None:
        paths = document(service)["paths"]
        operations = [(method, each) for item in paths.values() for method, each in item.items()]
        assert all("304" in each["responses"] for method, each in operations if method == "get")
        bound = [each for _, each in operations if "If-Match" in [one["name"] for one in each["parameters"]]]
        assert bound
        assert {str(each["responses"]["412"]["content"]) for each in bound} == {str(PROBLEM)}

"""Which form of an answer an Accept header prefers, and which methods an Allow header lists."""

import pytest

from shared.http.semantics import allow, preferred

OFFERS = ("application/json", "text/csv")


class TestWhichFormIsPreferred:
    @pytest.mark.parametrize(
        "accept",
        [
            "text/csv",
            "TEXT/CSV",
            "text/*",
            "text/csv;q=0.5, application/json;q=0.4",
            "application/json;q=0.9, text/csv;charset=utf-8",
            "application/json;q=0, */*",
            "*/*;q=0.1, text/csv;q=0.2",
        ],
    )
    def test_csv_where_it_is_wanted_more(self, accept: str) -> None:
        assert preferred(accept, OFFERS) == "text/csv"

    @pytest.mark.parametrize(
        "accept",
        [
            None,
            "",
            "*/*",
            "application/json",
            "text/csv;q=0",
            "text/csv;q=0, */*",
            "text/csv, application/json",
            "text/csv;q=0.3, application/*;q=0.4",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "image/png",
            "text/csv;q=nonsense",
            "text/csv;q=-1, application/json;q=0.1",
            "text/csv;q=1e9",
            "not text/csv",
            ",;,;=,",
        ],
    )
    def test_json_otherwise_also_if_nothing_is_acceptable(self, accept: str | None) -> None:
        assert preferred(accept, OFFERS) == "application/json"


class TestWhatDoesAnAllowHeaderList:
    def test_head_goes_with_get_and_options_with_everything(self) -> None:
        assert allow(["get", "delete"]) == "DELETE, GET, HEAD, OPTIONS"
        assert allow({"put": {}}) == "OPTIONS, PUT"

"""Words that may stand in one place only, and words that may stand nowhere."""

import re
import subprocess

import pytest

from shared.messaging.topology import DEAD_EXCHANGE, EVENTS_EXCHANGE, SANDBOX_EXCHANGE, SUBSCRIPTIONS, queues
from tests.tidy.house import CODE, ROOT, Source, calls, files, product, sources, strings
from tests.tidy.test_imports import advice

CLOCK = ("shared/clock.py",)
COMMIT = ("shared/db/unit_of_work.py", "shared/db/migrations.py")
OUTSIDE = [
    (r"\.\./sha" r"red/"),
    (r"/wo" r"rk/"),
    (r"\bde" r"sign/"),
    (r"(py" r"pi|python" r"hosted|proxy\.go" r"lang|registry\.npm" r"js|index\.cra" r"tes)\.(org|io)"),
    r"https?://(?!localhost|127\.0\.0\.1|\{|\$|gateway|[a-z.]*example)[a-z0-9.-]*(artifactory|nexus|mirror)",
]
OPEN_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
BINARY = {".png", ".jpg", ".webp", ".ico"}


def lines(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands in any file under version control."""
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}"
        for path in files()
        if path.suffix not in BINARY and path.parent.name != "tidy"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def outside(places: tuple[str, ...]) -> list[Source]:
    """The product's files except these."""
    return [source for source in product() if source.name not in places]


class TestWhereDoesTimeComeFrom:
    def test_only_the_clock_reads_the_clock(self) -> None:
        readers = (
            "datetime.now",
            "datetime.utcnow",
            "datetime.today",
            "date.today",
            "time.time",
            "time.time_ns",
            "time.monotonic",
        )
        found = [f"{source.name}:{line}" for source in outside(CLOCK) for line in calls(source, *readers)]
        assert found == [], advice(
            found, "business time is read under the lock (uow.now()), real time in shared/clock.py"
        )


class TestWhoCommits:
    def test_only_the_unit_of_work(self) -> None:
        found = [f"{source.name}:{line}" for source in outside(COMMIT) for line in calls(source, ".commit")]
        assert found == [], advice(
            found, "return from the command: answer() and handle() commit effect and events together"
        )


class TestWhoKnowsTheBroker:
    def test_only_the_topology_spells_exchanges_and_queues(self) -> None:
        names = {
            EVENTS_EXCHANGE,
            SANDBOX_EXCHANGE,
            DEAD_EXCHANGE,
            *(name for each in SUBSCRIPTIONS for name in queues(each)),
        }
        found = [
            f"{source.name}:{line} spells {text!r}"
            for source in outside(("shared/messaging/topology.py",))
            for line, text in strings(source)
            if text in names
        ]
        assert found == [], advice(found, "import the name from shared.messaging.topology")


class TestWhatStandsNowhere:
    def test_no_open_ends(self) -> None:
        found = lines(OPEN_ENDS)
        assert found == [], advice(found, "finish it, or write an issue and leave no mark in the code")

    @pytest.mark.parametrize("pattern", OUTSIDE)
    def test_nothing_that_only_exists_outside_the_repository(self, pattern: str) -> None:
        found = lines(re.compile(pattern))
        assert found == [], advice(found, "say it in docs/, or name the thing without its place on somebody's machine")

    def test_no_test_is_skipped_or_expected_to_fail(self) -> None:
        forbidden = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|unittest\.skip")
        found = [line for line in lines(forbidden) if line.startswith("tests/")]
        assert found == [], advice(found, "a test either holds or is not here")

    def test_no_link_that_leads_out_of_the_repository(self) -> None:
        listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True)
        found = [line for line in listed.stdout.splitlines() if line.startswith("120000")]
        assert found == [], advice(found, "commit the file itself; a link leads nowhere on another machine")

    def test_no_print_in_the_product(self) -> None:
        found = [f"{source.name}:{line}" for source in product() for line in calls(source, "print")]
        assert found == [], advice(found, "log a fixed event name with fields: logger().info('order.transition', …)")

    def test_all_code_lives_where_it_is_looked_for(self) -> None:
        found = [source.name for source in sources() if source.parts[0] not in CODE]
        assert found == [], advice(found, f"put it under one of {CODE}")

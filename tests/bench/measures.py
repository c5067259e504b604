"""Everything that is measured, in this order: whole orders, the relay, timers; each with its limit beside it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.services import SERVICES
from deploy.stack import Stack
from tests.bench import pgbench, place, raw, relay, rooms, timers
from tests.bench.databases import Databases
from tests.bench.figures import Figures, Goal, both, joined, percent, percentile
from tests.bench.lifecycles import COMMANDS, CREDIT, WHOLE, Load, Seen, trading
from tests.bench.processes import DRIVER, look
from tests.bench.recording import record
from tests.bench.screen import Screen

VENDURE_SALES = 7.2
"""Orders per second of Vendure 3.7.3 with 16 clients on two cores like these, measured once; not in this run."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Orders per second, and CPU seconds for each, of everything that took part."""

    per_second: float
    cpu: float


@dataclass(slots=True)
class Bench:
    """One run: the stack, what was seen so far, and what later ratios need of it."""

    stack: Stack
    screen: Screen
    figures: Figures
    databases: Databases
    effort: float
    drained: float = 0.0
    scripts: dict[str, Path] | None = None
    others: list[float] = field(default_factory=list)
    """Shares of the machine that others used while we measured."""

    async def idle(self) -> None:
        """Memory and CPU without requests."""
        seconds = 6 * self.effort
        async with self.screen.step("Nothing happens: what being there costs", 3 + seconds):
            await asyncio.sleep(3)
            before = look(self.stack)
            await asyncio.sleep(seconds)
            after = look(self.stack)
        used = {name: cpu / (after.at - before.at) * 100 for name, cpu in after.cpu_since(before).items()}
        memory = {name: after.costs[name].megabytes for name in SERVICES}
        for name, share in used.items():
            self.figures.cost(name, "idle", (f"{memory[name]:.0f} MB, " if name in memory else "") + f"{share:.1f} %")
        most, whole, busy = max(memory.values()), sum(memory.values()), sum(used[name] for name in SERVICES)
        self._goal(
            "G9", "idle memory of a service; of all", f"{most:.0f}; {whole:.0f} MB", "", "", "130; 850", "85; 450"
        )
        self._goal("G10", "idle CPU of all services", f"{busy:.1f} % of a core", "", "", "12 %", "3 %")

    async def load(self) -> None:
        """Whole orders at 8 and 16 clients, and the same SQL by pgbench before, between and after."""
        async with trading(self.stack) as load:
            async with self.screen.step("Warming up, and writing down the SQL of one life", 9):
                await self.databases.all_handled()
                await load.closed(8, 3)
                await self.databases.analyse()
                sale = await record(self.stack, self.databases, load)
                await pgbench.prepare(self.stack)
                self.scripts = await pgbench.write(self.stack, sale)
            statements = sum(len(each.statements) for each in sale)
            self.screen.report(
                f"one life is {len(sale)} transactions with {statements} statements, and the relays' rounds"
            )
            await self._limit(200)
            await pgbench.analyse(self.stack)
            before = await self._limit(600 * self.effort)
            eight = await self._load(load, 8)
            between = await self._limit(600 * self.effort)
            sixteen = await self._load(load, 16)
            after = await self._limit(600 * self.effort)
            self._compare("8 clients", eight, (before, between))
            self._compare("16 clients", sixteen, (between, after), "10 %", "33 %")
            speed = sixteen.per_second
            factor = (f"{speed:.1f}/s", f"Vendure, elsewhere: {VENDURE_SALES}/s", f"x {speed / VENDURE_SALES:.1f}")
            self._goal("G2", "lives, 16 clients", *factor, "5", "20")
            await self._pace(load, min(20.0, speed * 0.6))

    async def place(self) -> None:
        """The first command, beside the least that could answer it."""
        seconds = 4 * self.effort
        if self.scripts is None:
            await pgbench.prepare(self.stack)
        async with trading(self.stack) as load, self.screen.step("Placing orders only", 3 * seconds + 4):
            await self.databases.all_handled()
            await place.bare(self.stack, seconds / 2)
            await place.ours(self.stack, load, seconds / 2)
            least, ours = await place.bare(self.stack, seconds), await place.ours(self.stack, load, seconds)
            await self.databases.all_handled()
        shown = (
            f"{ours[1] * 1e6:.0f} us CPU",
            f"two bare inserts: {least[1] * 1e6:.0f} us",
            percent(least[1], ours[1]),
        )
        self._goal("G3", f"place, per core ({ours[0]:.0f}/s)", *shown, "25 %", "75 %")

    async def relay(self) -> None:
        """The hop at a steady rate, then the draining of a full outbox."""
        for rate in (200, 500):
            seconds = 5 * self.effort
            async with self.screen.step(f"One hop, {rate} events per second", 2 * seconds + 7):
                bare = await raw.hop(self.stack, rate, seconds)
                ours = await relay.hop(self.stack, self.databases, rate, seconds)
            factors = [percentile(ours, each) / percentile(bare, each) for each in (50, 99)]
            shown = (both(ours), f"aio-pika: {both(bare)}", f"x {factors[0]:.1f}; {factors[1]:.1f}")
            self._goal("G4", f"commit to handled, {rate}/s", *shown, "4; 5", "1.5; 1.5")
        count = round(20_000 * self.effort)
        async with self.screen.step(f"Draining an outbox of {count:,}", 12 * self.effort):
            await raw.publish(self.stack, 2000)
            published = await raw.publish(self.stack, count)
            self.drained = await relay.drain(self.stack, self.databases, count)
            taken = await raw.consume(self.stack, count)
        shown = (f"{self.drained:.0f}/s", f"aio-pika: {published:.0f}/s", percent(self.drained, published))
        self._goal("G5", "outbox drain", *shown, "30 %", "60 %")
        count = round(3000 * self.effort)
        async with self.screen.step(f"Setting {count:,} timers", 14 * self.effort):
            handled = await relay.set_timers(self.stack, self.databases, count)
            if self.scripts is None:
                await pgbench.prepare(self.stack)
            inserted = await timers.insert_limit(self.stack, 3 * self.effort)
        shown = (f"{handled:.0f}/s", f"pgbench: {inserted:.0f}/s", percent(handled, inserted))
        self._goal("G7", "timers set", *shown, "20 %", "60 %")
        taking = (f"{handled:.0f}/s", f"aio-pika: {taken:.0f}/s", percent(handled, taken))
        self._goal("G7", "messages handled (no goal)", *taking)

    async def timers(self) -> None:
        """A million pending, and some of them due."""
        sql, stack, databases = self.databases.of["scheduler"], self.stack, self.databases
        many = 1_000_000 if self.effort >= 0.5 else 100_000
        async with self.screen.step(f"{many:,} timers that wait", many / 40_000):
            await asyncio.to_thread(stack.stop, "orders")
            await timers.fill(sql, 0, many)
        first = await self._fire(many)
        async with self.screen.step("1,000 due in each second", 4 + 8 * self.effort):
            steady = await timers.steady(stack, databases, 1000, 8 * self.effort)
        self._goal("G8", "1,000 due/s: late p50 / p99", f"{both(steady.late)} ms", "", "", "1000 ms", "60 ms")
        async with self.screen.step("10,000 due at the same instant", 9):
            once = await timers.at_once(stack, databases, 10_000)
        self._goal("G8", "10,000 at once: the last", f"{max(once.late):.1f} s", "", "", "8 s", "2 s")
        earliest = min(*steady.late, *once.late) * 1000
        self._goal("G8", "the earliest of all", f"{earliest:+.1f} ms", "", "", "never < 0", "never < 0")
        if self.effort >= 5:
            async with self.screen.step("5,000,000 timers that wait", 4 * many / 40_000):
                await timers.fill(sql, many, 5 * many)
            later = await self._fire(5 * many)
            self._goal("G8", "fired with 5 M pending", *_beside(later, first, "with 1 M"), "70 %", "100 %")

    async def rooms(self) -> None:
        """A thousand sockets of chat in rooms of two, beside a bare server that stores nothing."""
        sockets, rate, seconds = 1000, 100, 5 * self.effort
        async with self.screen.step(f"{sockets:,} sockets in rooms of two", 2 * (2 * seconds + 12)):
            bare = await rooms.bare(sockets, rate, seconds)
            ours = await rooms.chat(self.stack, sockets, rate, seconds)
        shown = (*_beside(ours.per_second, bare.per_second, "bare Starlette")[:2], percent(bare.cpu, ours.cpu))
        self._goal("G11", "frames delivered; CPU of one", *shown)
        factor = percentile(ours.waits, 99) / percentile(bare.waits, 99)
        waits = (both(ours.waits), f"bare Starlette: {both(bare.waits)}", f"x {factor:.1f}")
        self._goal("G11", f"sent to arrived, {rate}/s", *waits)
        memory = (f"{ours.kilobytes:.0f} kB", f"bare Starlette: {bare.kilobytes:.0f} kB", "")
        self._goal("G11", "memory of a socket", *memory, "100 kB", "30 kB")

    async def _fire(self, pending: int) -> float:
        count = round(10_000 * min(2.0, self.effort))
        async with self.screen.step(f"{count:,} overdue", 5):
            fired = (await timers.overdue(self.stack, self.databases, count)).per_second
        beside = _beside(fired, self.drained, "outbox drain") if self.drained else (f"{fired:.0f}/s", "", "")
        self._goal("G7", f"fired, {pending:,} pending", *beside, "50 %", "95 %")
        return fired

    async def _limit(self, count: float) -> Speed:
        assert self.scripts is not None
        async with self.screen.step("The same SQL by pgbench", count / 150):
            before = look(self.stack)
            per_second = await pgbench.play(self.stack, self.scripts, round(count))
            used = look(self.stack).cpu_since(before)
        speed = Speed(per_second, (used["postgres"] + used[DRIVER]) / count)
        self.screen.report(f"{speed.per_second:.0f} lives per second, {speed.cpu * 1000:.1f} ms CPU each")
        return speed

    async def _load(self, trade: Load, clients: int) -> Speed:
        seconds = 12 * self.effort
        async with self.screen.step(f"{clients} clients trade", seconds):
            await self.databases.all_handled()
            begun, before = await self.databases.now(), look(self.stack)
            seen = await trade.closed(clients, seconds)
            await self.databases.all_handled()
            after = look(self.stack)
        whole = (await self.databases.last_handled(begun) - begun).total_seconds()
        used = after.cpu_since(before)
        speed = Speed(seen.sales / whole, sum(used.values()) / seen.sales)
        self.screen.report(f"{seen.sales} lives, {speed.per_second:.1f} per second, until the last event was handled")
        if seen.failed:
            self.screen.report(f"{len(seen.failed)} lives ended early; the first: {seen.failed[0][:200]}")
        self.others.append(after.others_since(before))
        load = f"{clients} clients"
        for name in (*COMMANDS, CREDIT, WHOLE):
            self.figures.wait(name, load, seen.seconds[name])
        self.figures.wait("commit to handled, any event", load, joined((await self.databases.hops(begun)).values()))
        for name, cpu in used.items():
            memory = f"{after.costs[name].megabytes:.0f} MB, " if name in SERVICES else ""
            share = f"{cpu / (after.at - before.at) * 100:.0f} %, {cpu / seen.sales * 1000:.1f} ms"
            self.figures.cost(name, load, memory + share)
        return speed

    async def _pace(self, load: Load, rate: float) -> None:
        seconds = 8 * self.effort
        async with self.screen.step(f"{rate:.0f} lives begin in each second", seconds + 2):
            seen: Seen = await load.paced(rate, seconds)
            await self.databases.all_handled()
        late = percentile(seen.seconds[CREDIT], 99) * 1000
        for name in (*COMMANDS, CREDIT, WHOLE):
            self.figures.wait(name, f"{rate:.0f} lives/s", seen.seconds[name])
        self._goal("G6", f"{CREDIT}, p99 at {rate:.0f}/s", f"{late:.0f} ms", "", "", "500 ms", "60 ms")

    def _compare(self, load: str, seen: Speed, limits: tuple[Speed, Speed], floor: str = "", aim: str = "") -> None:
        limit = sum(each.per_second for each in limits) / 2
        self._goal("G1", f"lives, {load}", *_beside(seen.per_second, limit), floor, aim)
        ours, theirs = seen.cpu * 1000, sum(each.cpu for each in limits) / 2 * 1000
        shown = (f"{ours:.1f} ms", f"pgbench: {theirs:.1f} ms", percent(theirs, ours))
        self._goal("G1", f"CPU of a life, {load}", *shown, floor, aim)

    def _goal(
        self, number: str, what: str, seen: str, limit: str = "", ratio: str = "", floor: str = "", aim: str = ""
    ) -> None:
        self.figures.goals.append(Goal(number, what, seen, limit, ratio, floor, aim))
        self.screen.report("  ".join(part for part in (what + ":", seen, limit, ratio) if part))


def _beside(seen: float, limit: float, by: str = "pgbench") -> tuple[str, str, str]:
    return f"{seen:.1f}/s" if seen < 100 else f"{seen:.0f}/s", f"{by}: {limit:.0f}/s", percent(seen, limit)


PARTS: dict[str, tuple[Callable[[Bench], Coroutine[Any, Any, None]], float]] = {
    "idle": (Bench.idle, 9),
    "lives": (Bench.load, 60),
    "place": (Bench.place, 16),
    "relay": (Bench.relay, 60),
    "timers": (Bench.timers, 60),
    "rooms": (Bench.rooms, 45),
}
"""Each part with about how many seconds it takes."""

"""What each process of a stack costs: memory and CPU time, as the kernel counts them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic

SERVERS = ("postgres", "rabbitmq", "gateway")
DRIVER = "driver"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far, and resident megabytes now (services only: servers share their memory)."""

    cpu: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Look:
    """All processes at one moment."""

    at: float
    busy: float
    """CPU seconds that the whole machine has used."""
    costs: Mapping[str, Cost]

    def cpu_since(self, before: "Look") -> dict[str, float]:
        """CPU seconds of each program since an earlier look."""
        return {name: cost.cpu - before.costs[name].cpu for name, cost in self.costs.items() if name in before.costs}

    def others_since(self, before: "Look") -> float:
        """The share of the machine that everybody else has used since an earlier look."""
        whole = (self.at - before.at) * (os.cpu_count() or 1)
        return max(0.0, self.busy - before.busy - sum(self.cpu_since(before).values())) / whole


def look(stack: Stack) -> Look:
    """Every program of the stack, its children (also those that have ended) included, and ourselves as the driver."""
    infos = stack.infos()
    pids = {name: infos[name].pid for name in (*SERVICES, *SERVERS) if infos[name].up}
    machine = psutil.cpu_times()
    busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0)
    return Look(monotonic(), busy, {name: _cost(pid) for name, pid in {**pids, DRIVER: os.getpid()}.items()})


def _cost(pid: int) -> Cost:
    seconds, resident = 0.0, 0
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        try:
            used = each.cpu_times()
            seconds += used.user + used.system + used.children_user + used.children_system
            resident += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return Cost(seconds, resident / 1e6)

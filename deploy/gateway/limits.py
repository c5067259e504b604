"""Rate limits: per token, per address without one, and for all webhooks as one; beyond them 429."""

from dataclasses import dataclass
from enum import StrEnum


class Pace(StrEnum):
    """The kinds of requests that are counted apart."""

    READS = "reads"
    COMMANDS = "commands"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a production; a burst may come at once, after it only as many as the rate gives back."""

    reads_per_minute: int = 600
    reads_burst: int = 200
    commands_per_minute: int = 120
    commands_burst: int = 60
    webhooks_per_second: int = 200
    webhooks_burst: int = 400
    address_per_minute: int = 6000
    """For one address under all its tokens, also invented ones: else every invented token would be a new budget."""
    address_burst: int = 1000
    address_connections: int = 200

    def zones(self) -> str:
        """The counters, for the http block. A token is known by its signature, which is short and can't be guessed."""
        return f"""
map $http_authorization $market_caller {{
    "~^[Bb]earer +[^.]+\\.[^.]+\\.(?<signature>[A-Za-z0-9_-]{{20,400}})$" $signature;
    default $binary_remote_addr;
}}
limit_req_zone $market_caller zone=reads:10m rate={self.reads_per_minute}r/m;
limit_req_zone $market_caller zone=commands:10m rate={self.commands_per_minute}r/m;
limit_req_zone $server_addr zone=webhooks:64k rate={self.webhooks_per_second}r/s;
limit_req_zone $binary_remote_addr zone=address:10m rate={self.address_per_minute}r/m;
limit_conn_zone $binary_remote_addr zone=connections:10m;
limit_req_status 429;
limit_conn_status 429;
limit_req_log_level warn;
limit_conn_log_level warn;
"""

    def rules(self, pace: Pace) -> tuple[str, ...]:
        """The lines of a location that count its requests; webhooks come from few addresses and are counted as one."""
        if pace is Pace.WEBHOOKS:
            return (f"limit_req zone=webhooks burst={self.webhooks_burst} nodelay;",)
        burst = self.reads_burst if pace is Pace.READS else self.commands_burst
        return (
            f"limit_req zone={pace} burst={burst} nodelay;",
            f"limit_req zone=address burst={self.address_burst} nodelay;",
            f"limit_conn connections {self.address_connections};",
        )

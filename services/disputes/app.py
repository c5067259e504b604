"""Puts disputes together: settings, routes, subscribers and the sweeper."""

from functools import partial

from services.disputes import metrics, repository
from services.disputes.api import router
from services.disputes.commands.cases import sweep
from services.disputes.settings import DisputesSettings
from services.disputes.subscribers import subscribers
from services.disputes.unit_of_work import DisputesWork
from shared.deadlines import sweeping
from shared.service.runtime import Service
from shared.service.settings import read


def service() -> Service[DisputesWork]:
    """The service, ready to run."""
    settings = read(DisputesSettings)
    work = partial(DisputesWork, timeouts=settings.timeouts)
    disputes = Service("disputes", settings, work, [router], subscribers)
    disputes.forgets = repository.FORGOTTEN
    disputes.gauges.own = metrics.look
    disputes.loops["sweeper"] = sweeping(disputes.database, sweep)
    return disputes

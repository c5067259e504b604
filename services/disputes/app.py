"""Puts disputes together: settings, routes, subscribers and the sweeper."""

from services.disputes import metrics, repository
from services.disputes.api import router
from services.disputes.commands.cases import sweep
from services.disputes.domain.case import CaseTimeouts
from services.disputes.settings import DisputesSettings
from services.disputes.subscribers import build
from services.disputes.unit_of_work import DisputesWork
from shared.deadlines import sweeping
from shared.service.runtime import Service
from shared.service.settings import read


def service() -> Service[DisputesWork]:
    """The service, ready to run."""
    settings = read(DisputesSettings)
    timeouts = CaseTimeouts(settings.reminder_seconds, settings.escalation_seconds)
    disputes = Service("disputes", settings, DisputesWork, [router], build(timeouts))
    disputes.app.state.case_timeouts = timeouts
    disputes.forgets = repository.FORGOTTEN
    disputes.gauges.own = metrics.look
    disputes.loops["sweeper"] = sweeping(disputes.database, lambda work: sweep(work, timeouts))
    return disputes

"""Puts disputes together: settings, routes, subscribers and the sweeper."""

from services.disputes import gauges, repository
from services.disputes.api import router
from services.disputes.commands.cases import sweep
from services.disputes.domain.case import Patience
from services.disputes.settings import DisputesSettings
from services.disputes.subscribers import build
from services.disputes.unit_of_work import DisputesWork
from shared.runtime import Service
from shared.settings import read
from shared.sweeper import sweeping


def service() -> Service[DisputesWork]:
    """The service, ready to run."""
    settings = read(DisputesSettings)
    patience = Patience(settings.reminder_seconds, settings.escalation_seconds)
    disputes = Service("disputes", settings, DisputesWork, [router], build(patience))
    disputes.app.state.patience = patience
    disputes.forgets = repository.FORGOTTEN
    disputes.gauges.own = gauges.look
    disputes.loops["sweeper"] = sweeping(disputes.database, lambda work: sweep(work, patience))
    return disputes

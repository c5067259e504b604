"""All SQL of disputes. `lock` is the only way to load a case or an account for change."""

from services.disputes.repository import cases, excerpts
from services.disputes.repository.cases import Cases, Evidence, Locked, Step
from services.disputes.repository.conduct import Conduct
from services.disputes.repository.excerpts import Excerpts

FORGOTTEN = (*cases.FORGOTTEN, *excerpts.FORGOTTEN)
"""What is deleted once no case can want it any more."""

__all__ = ["FORGOTTEN", "Cases", "Conduct", "Evidence", "Excerpts", "Locked", "Step"]

"""The refusals that only the scheduler answers: code, HTTP status, sentence."""

from shared.refusals import RefusalCode


# fmt: off
class SchedulerRefusal(RefusalCode):
    """Beside the common codes of shared.refusals."""

    CLOCK_BACKWARDS = "clock_backwards", 422, "The clock only moves forward."
    NOT_QUIET = "not_quiet", 504, "The system did not become idle in time."

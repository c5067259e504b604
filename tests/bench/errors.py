"""How a measurement ends early."""


class BenchError(Exception):
    """What kept us from measuring."""

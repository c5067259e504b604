"""Orders, payments, disputes and the scheduler in memory, played from a seed over a bus that goes wrong."""

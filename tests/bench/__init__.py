"""How fast it is beside what its database and its broker could do: measured, printed, nothing asserted (make bench)."""

"""Proves the books of any running system: every invariant is one sentence and one query that must find nothing.

findings = await prove(dsns, verify_dsn)        # {"orders": "postgresql://verifier:…", …}, the database `verify`
assert not broken(findings)
"""

from deploy.verify.invariants import Invariant
from deploy.verify.proof import IDLE, Finding, broken, prove

__all__ = ["IDLE", "Finding", "Invariant", "broken", "prove"]

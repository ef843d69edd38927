"""The certificate of a match: its cost, and a bound that no other match can undercut.

Both are computed afresh from features and dual prices alone. Nothing here is shared with the search
that found them, and nothing has to be believed about it.
"""

from .dual_bound import FEW_PAIRS, DualBound, Instance, assignment_cost, lower_bound
from .proof import certify
from .surcharges import spread_over_cells

__all__ = [
    "FEW_PAIRS",
    "DualBound",
    "Instance",
    "assignment_cost",
    "certify",
    "lower_bound",
    "spread_over_cells",
]

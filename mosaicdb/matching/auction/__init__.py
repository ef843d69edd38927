"""The search: assignment by a multiscale auction with epsilon-scaling and an exact finish."""

from .transport import solve_transport

__all__ = ["solve_transport"]

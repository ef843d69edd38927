"""The search: assignment by a multiscale auction with epsilon-scaling and an exact finish."""

from .compilation import kernels_are_compiled
from .transport import solve_transport

__all__ = ["kernels_are_compiled", "solve_transport"]

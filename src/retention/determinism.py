"""What makes every process compute the same bits: kernels pinned before numpy loads, draws by a key alone."""

import hashlib
import os
import platform


def pin_kernels() -> None:
    """Pin the BLAS kernel and keep numerical libraries to one thread a process.

    Kernels differ in the last bits and nested threads cost more than they give (workers are processes).
    An environment variable that the user has set stays as it is.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if platform.machine() in ("x86_64", "AMD64"):
        os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")


def draw_number(key: str) -> float:
    """Return a number from 0 to 1 that is as good as random, and always the same for one key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64

"""What must be settled before numpy loads, so that every process computes the same bits."""

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

"""What every test shares: the pinned kernels of the pipeline and the place of the project."""

from pathlib import Path

import pytest

from retention.determinism import pin_kernels

pin_kernels()  # before any test imports numpy, as the command line does


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return Path(__file__).parents[1]

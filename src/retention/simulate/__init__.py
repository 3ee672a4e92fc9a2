"""The sample shop: four exports like a real shop's, from a model whose truth is known.

docs/generating-model.md describes the model and compares its tables with the real ones.
"""

from retention.simulate.months import write_sample
from retention.simulate.undated import write_shop

__all__ = ["write_sample", "write_shop"]

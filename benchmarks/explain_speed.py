"""How long our kernel for forests takes beside shap's TreeExplainer, and how far apart they are.

    python benchmarks/explain_speed.py --trees 300 --customers 1296 --compared 50

Both explain a forest of full-depth trees in the same process, on one core; shap's time for all customers is that for
`--compared` of them, in proportion. One line of JSON. The exit code is 1 if the kernel is not faster, or differs.
"""

import argparse
import json
import sys
from time import process_time

import numpy as np
import shap
from sklearn.ensemble import ExtraTreesClassifier

from retention.learning.explanation.attribution import CLOSE
from retention.learning.explanation.forest_shap import attribute_forest, read_forest


def measure(n_trees: int, n_customers: int, n_compared: int) -> dict[str, float]:
    """Return CPU seconds of both for `n_customers`, their ratio and the largest difference of an attribution."""
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(n_customers, 20)).astype(np.float32).astype(np.float64)
    noisy = columns[:, 0] * columns[:, 1] + columns[:, 2] + rng.normal(size=n_customers)
    forest = ExtraTreesClassifier(n_trees, random_state=0).fit(columns, noisy > 0)
    attribute_forest(read_forest(forest), columns[:1])  # compiles

    start = process_time()
    _, ours = attribute_forest(read_forest(forest), columns)
    kernel = process_time() - start
    start = process_time()
    theirs = shap.TreeExplainer(forest).shap_values(columns[:n_compared], check_additivity=False)[:, :, 1]
    explainer = (process_time() - start) * n_customers / n_compared
    gap = float(np.abs(ours[:n_compared] - theirs).max())
    return {"kernel": round(kernel, 1), "shap": round(explainer, 1), "ratio": round(explainer / kernel, 1), "gap": gap}


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"trees": 300, "customers": 1296, "compared": 50}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    found = measure(asked.trees, asked.customers, asked.compared)
    print(json.dumps(found))
    return int(found["ratio"] <= 1 or found["gap"] > CLOSE)


if __name__ == "__main__":
    sys.exit(main())

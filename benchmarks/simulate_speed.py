"""How long the sample shop takes to write: one line of JSON with seconds, size and peak memory.

``python benchmarks/simulate_speed.py [--customers N] [--seed S]``; the shop goes to a folder that is removed again.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from retention.simulate import write_shop


def main() -> None:
    """Measure one run of `write_shop`, imports not counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--truth", action="store_true", help="write the truth too, as Parquet")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        started, cpu = time.perf_counter(), time.process_time()
        truth = out / "truth.parquet" if asked.truth else None
        write_shop(out, customers=asked.customers, seed=asked.seed, truth=truth)
        result = {
            "customers": asked.customers,
            "seconds": round(time.perf_counter() - started, 2),
            "cpu_seconds": round(time.process_time() - cpu, 2),
            "csv_megabytes": round(sum(file.stat().st_size for file in out.glob("*.csv")) / 1e6, 1),
            "peak_memory_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""How long the command line takes to start: medians of several runs, each in its own process.

The promise: `import evaldash` and `evaldash --help` in less than 0.5 s. Exits 1 if one takes longer.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 7
LIMIT_SECONDS = 0.5
COMMANDS = {
    "import evaldash": ["-c", "import evaldash"],
    "evaldash --help": ["-m", "evaldash", "--help"],
}


def seconds(arguments: list[str]) -> float:
    """Wall time of one Python process with these arguments."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def median_seconds(arguments: list[str]) -> float:
    """The median over RUNS, after one run that fills the caches."""
    seconds(arguments)
    return statistics.median(seconds(arguments) for _ in range(RUNS))


def main() -> int:
    """Print one line per command; 1 if a median breaks the limit."""
    medians = {name: median_seconds(arguments) for name, arguments in COMMANDS.items()}
    for name, median in medians.items():
        print(f"{name:<18} {median:.3f} s  (median of {RUNS}, limit {LIMIT_SECONDS} s)")
    return int(max(medians.values()) >= LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

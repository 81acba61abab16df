#!/usr/bin/env python3
"""Quick benchmarks against bench/baseline.json: `make bench-check`. What is compared are ratios to native peers of the same run, by the least time
of each, so that a slow machine or a busy one makes little difference. It says which rows have moved; exit status 1 where one became slower.

    python3 bench/check.py            # compares
    python3 bench/check.py --write    # makes the ratios of this run the baseline: on a quiet machine
    python3 bench/check.py --rounds N # more rounds: less noise (default 10)
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "bench" / "baseline.json"
SLACK = 1.5  # a row has moved beyond that, up or down

# Row: (what is measured, what it stands beside). Of `startup`: part and name; a sandbox beside a process of the native interpreter.
STARTUP = {
    "command, hello.wat / true": (("cold", "belljar_hello"), ("cold", "true")),
    "command, Python / python3": (("cold", "belljar_python"), ("cold", "python3")),
    "command, JavaScript / node": (("cold", "belljar_javascript"), ("cold", "node")),
    "new sandbox, hello.wat / true": (("warm", "hello_epoch"), ("cold", "true")),
    "new sandbox, Python / python3": (("warm", "python_epoch"), ("cold", "python3")),
    "new sandbox, Python with fuel / python3": (("warm", "python_fuel"), ("cold", "python3")),
    "new sandbox, JavaScript / node": (("warm", "javascript_epoch"), ("cold", "node")),
}
# Of `files`: each layer's operations beside the native ones.
LAYERS = ("memory", "host, rw", "overlay")
OPERATIONS = ("open_read_close", "stat", "write_4k")


def output_of(*command: str) -> dict:
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


def startup_ratios(rounds: int) -> dict[str, float]:
    numbers = output_of("build/bench/startup", "-n", str(rounds), "-w", str(3 * rounds), "--json")
    ratios = {}
    for row, pair in STARTUP.items():
        if all(name in numbers[part] for part, name in pair):
            ours, theirs = (numbers[part][name]["min_us"] for part, name in pair)
            ratios[row] = ours / theirs
    return ratios


def files_ratios(rounds: int) -> dict[str, float]:
    numbers = output_of("bench/files", "--turns", str(max(2, rounds // 3)), "--json")
    return {
        f"{operation}, {layer} / native": numbers[f"{layer}.{operation}_ns"] / numbers[f"native.{operation}_ns"]
        for layer in LAYERS
        for operation in OPERATIONS
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    now = startup_ratios(options.rounds) | files_ratios(options.rounds)
    if options.write:
        BASELINE.write_text(json.dumps({row: float(f"{ratio:.3g}") for row, ratio in now.items()}, indent=2) + "\n")
        return 0
    before = json.loads(BASELINE.read_text())
    slower = 0
    print(f"{'ratio to the peer of the same run':44} {'baseline':>10} {'now':>10}  moved")
    for row, ratio in now.items():
        factor = ratio / before[row] if row in before else 1
        moved = "" if 1 / SLACK <= factor <= SLACK else f"{factor:.2f} times"
        slower += factor > SLACK
        known = f"{before[row]:10.3g}" if row in before else "         –"
        print(f"{row:44} {known} {ratio:10.3g}  {moved}")
    for row in before.keys() - now.keys():
        print(f"{row}: its peer is not here")
    print(f"{slower} rows became slower by more than {SLACK}" if slower else "no row became slower")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())

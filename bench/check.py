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
RUNS = 3  # at most: as long as a row is slower, it may be the machine

Times = dict[str, tuple[float, float]]  # of a row: the least time of ours, and of the peer

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


def startup_times(rounds: int) -> Times:
    numbers = output_of("build/bench/startup", "-n", str(rounds), "-w", str(3 * rounds), "--json")
    return {
        row: (numbers[ours[0]][ours[1]]["min_us"], numbers[theirs[0]][theirs[1]]["min_us"])
        for row, (ours, theirs) in STARTUP.items()
        if ours[1] in numbers[ours[0]] and theirs[1] in numbers[theirs[0]]
    }


def files_times(rounds: int) -> Times:
    numbers = output_of("bench/files", "--turns", str(max(2, rounds // 3)), "--json")
    return {
        f"{operation}, {layer} / native": (numbers[f"{layer}.{operation}_ns"], numbers[f"native.{operation}_ns"])
        for layer in LAYERS
        for operation in OPERATIONS
    }


def measured(rounds: int, before: Times) -> Times:
    """One run more: of each row the least that was seen."""
    now = startup_times(rounds) | files_times(rounds)
    return {row: tuple(map(min, times, before.get(row, times))) for row, times in now.items()}


def factors(times: Times, baseline: dict[str, float]) -> dict[str, float]:
    return {row: ours / theirs / baseline[row] for row, (ours, theirs) in times.items() if row in baseline}


def report(times: Times, baseline: dict[str, float]) -> int:
    moved = factors(times, baseline)
    print(f"{'ratio to the peer of the same run':44} {'baseline':>10} {'now':>10}  moved")
    for row, (ours, theirs) in times.items():
        known = f"{baseline[row]:10.3g}" if row in baseline else f"{'–':>10}"
        factor = moved.get(row, 1)
        print(f"{row:44} {known} {ours / theirs:10.3g}  " + ("" if 1 / SLACK <= factor <= SLACK else f"{factor:.2f} times"))
    for row in baseline.keys() - times.keys():
        print(f"{row}: its peer is not here")
    slower = sum(factor > SLACK for factor in moved.values())
    print(f"{slower} rows became slower by more than {SLACK}" if slower else "no row became slower")
    return 1 if slower else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    times: Times = {}
    for _ in range(options.runs):
        times = measured(options.rounds, times)
        if not options.write and max(factors(times, baseline).values(), default=0) <= SLACK:
            break
    if options.write:
        BASELINE.write_text(json.dumps({row: float(f"{ours / theirs:.3g}") for row, (ours, theirs) in times.items()}, indent=2) + "\n")
        return 0
    return report(times, baseline)


if __name__ == "__main__":
    sys.exit(main())

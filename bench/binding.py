"""What Belljar costs through Python, beside what else there is: with the Python of bench/peers.sh.

    bench/binding                                  fresh sandboxes and live evals, awaited ones too
    bench/binding --data HumanEval.jsonl.gz        and problems per second on two workers

All in turn, in one run; medians and minima of many. A result that is wrong ends it.
"""

import argparse
import asyncio
import concurrent.futures
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import belljar

ROOT = pathlib.Path(__file__).resolve().parent.parent


# ---------------------------------------------------------------------- who is measured


def belljar_fresh():
    with belljar.Sandbox("python") as box:
        assert box.eval("print(1+1)").stdout == "2\n"


class Ahead:
    """Sandboxes that a thread makes ahead: what stands beside a checkout from workers that are there already."""

    def __init__(self):
        self.pool = belljar.Pool("python", warm=16)

    def fresh(self):
        with self.pool.acquire() as box:
            assert box.eval("print(1+1)").stdout == "2\n"


def eryx_fresh():
    import eryx

    assert eryx.Sandbox().execute("print(1+1)").stdout.strip() == b"2"


def local_fresh():
    from smolagents.local_python_executor import LocalPythonExecutor

    executor = LocalPythonExecutor([])
    executor.send_tools({})
    assert executor("print(1+1)").logs.strip() == "2"


class Belljar:
    def __init__(self):
        self.box = belljar.Sandbox("python")
        self.box.eval("x = 0")

    def step(self):
        self.box.eval("x += 1")

    def count(self):
        return self.box.eval("x").value


class Eryx:
    def __init__(self):
        import eryx

        self.session = eryx.Session()
        self.session.execute("x = 0")

    def step(self):
        self.session.execute("x += 1")

    def count(self):
        return int(self.session.execute("print(x)").stdout)


class Monty:
    def __init__(self):
        import pydantic_monty

        self.monty = pydantic_monty.Monty().__enter__()
        self.session = self.monty.checkout().__enter__()
        self.session.feed_run("x = 0")

    def fresh(self):
        with self.monty.checkout() as session:
            assert session.feed_run("1+1") == 2

    def step(self):
        self.session.feed_run("x += 1")

    def count(self):
        return self.session.feed_run("x")


class Local:
    def __init__(self):
        from smolagents.local_python_executor import LocalPythonExecutor

        self.executor = LocalPythonExecutor([])
        self.executor.send_tools({})
        self.executor("x = 0")

    def step(self):
        self.executor("x += 1")

    def count(self):
        return self.executor("x").output


# ---------------------------------------------------------------------- latency


def interleaved(functions, rounds, times):
    """Seconds of each call of each function, `times` calls at a stretch, in turn."""
    found = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(rounds):
        for name, function in functions.items():
            for _ in range(times):
                began = time.perf_counter()
                function()
                found[name].append(time.perf_counter() - began)
    return found


def paused(functions, rounds):
    """One call of each in turn, each after a pause in which the caches were filled with something else."""
    other = bytes(32 << 20)
    found = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            bytearray(other)
            time.sleep(0.005)
            began = time.perf_counter()
            function()
            found[name].append(time.perf_counter() - began)
    return found


def latency(rounds):
    sessions = {"belljar": Belljar(), "eryx": Eryx(), "monty": Monty(), "smolagents' local": Local()}
    fresh = {
        "belljar": belljar_fresh,
        "belljar.Pool": Ahead().fresh,
        "eryx": eryx_fresh,
        "monty": sessions["monty"].fresh,
        "smolagents' local": local_fresh,
    }
    show("fresh sandbox and print(1+1)", interleaved(fresh, rounds, 10))
    show("the same after a pause, with cold caches", paused(fresh, 3 * rounds))
    steps = interleaved({name: session.step for name, session in sessions.items()}, rounds, 100)
    for name, session in sessions.items():
        assert session.count() == rounds * 100 + 1, name
    show("live session, x += 1", steps)


def show(title, found):
    base = statistics.median(found["belljar"])
    print(f"{title}: p50, least, how many times belljar's p50")
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        print(f"    {name:20}{middle * 1e6:10.1f} µs {min(seconds) * 1e6:10.1f} µs {middle / base:8.2f}")


# ---------------------------------------------------------------------- awaited


async def by_aeval(box):
    return (await box.aeval("1+1")).value


async def by_thread(box):
    """As who has no aeval does it."""
    return (await asyncio.to_thread(box.eval, "1+1")).value


async def fresh_by_arun(box):
    return (await belljar.arun("1+1")).value


async def fresh_by_thread(box):
    return (await asyncio.to_thread(belljar.run, "1+1")).value


async def awaited(rounds):
    """Evals that are awaited one after the other."""
    box = belljar.Sandbox("python")
    for title, ways in (
        ("awaited one after the other, live session, 1+1", {"belljar": by_aeval, "in a thread": by_thread}),
        ("awaited one after the other, fresh, 1+1", {"belljar": fresh_by_arun, "in a thread": fresh_by_thread}),
    ):
        found = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                for _ in range(50):
                    began = time.perf_counter()
                    assert await way(box) == 2
                    found[name].append(time.perf_counter() - began)
        show(title, found)


def overhead():
    """Of the binding over the C API, each the least p50 of five turns."""
    program = ROOT / "build" / "bench" / "evals"
    env = os.environ | {"BELLJAR_GUESTS": str(ROOT / "build" / "guests")}
    native, bound = [], []
    steps = {"eval": Belljar().step, "fresh": belljar_fresh}
    for _ in range(5):
        native.append([float(told) for told in subprocess.run([program], env=env, check=True, capture_output=True).stdout.split()])
        bound.append([statistics.median(interleaved({"": step}, 20, 100)[""]) * 1e6 for step in steps.values()])
    for what, c, python in zip(("one eval of `x += 1`", "a fresh sandbox and `print(1+1)`"), zip(*native), zip(*bound)):
        print(f"{what}: C {min(c):.1f} µs, Python {min(python):.1f} µs, the binding {min(python) - min(c):.1f} µs")


# ---------------------------------------------------------------------- HumanEval


def problems(path):
    with gzip.open(path, "rt") as file:
        for line in file:
            p = json.loads(line)
            yield f"{p['prompt']}{p['canonical_solution']}\n{p['test']}\ncheck({p['entry_point']})\n"


def by_belljar(codes):
    return sum(receipt.ok for receipt in belljar.map(codes, workers=2))


def by_processes(codes):
    def run(code):
        return subprocess.run([sys.executable, "-I", "-c", code], capture_output=True).returncode == 0

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return sum(pool.map(run, codes))


def by_eryx(codes):
    import eryx

    def run(code):
        try:
            eryx.Sandbox().execute(code)
        except Exception:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return sum(pool.map(run, codes))


def human_eval(path, rounds):
    codes = list(problems(path))
    ways = {"belljar": by_belljar, "python3 processes": by_processes, "eryx": by_eryx}
    passed = {}
    found = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            passed[name] = way(codes)
            found[name].append(time.perf_counter() - began)
    assert passed["belljar"] == len(codes), passed
    base = min(found["belljar"])
    print(f"HumanEval, {len(codes)} problems, two workers: passed, problems per second (best of {rounds}), how much longer")
    for name, seconds in found.items():
        print(f"    {name:20}{passed[name]:5} {len(codes) / min(seconds):10.1f}/s {min(seconds) / base:8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="HumanEval.jsonl.gz, which is not part of this project")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    latency(arguments.rounds)
    asyncio.run(awaited(arguments.rounds))
    overhead()
    if arguments.data:
        human_eval(arguments.data, 3)


main()

"""Sandboxes that are made ahead."""

import asyncio
import gc
import threading
import time

import pytest

import belljar
from belljar import Policy, Pool, tool


def test_what_is_acquired_is_fresh_each_time():
    with Pool(warm=2) as pool:
        for _ in range(20):
            with pool.acquire() as box:
                assert box.eval("'x' in globals() or open('f', 'x').close()").value is None
                box.eval("x = 1")
        kept = [pool.acquire() for _ in range(6)]
        assert [box.eval("'x' in globals()").value for box in kept] == [False] * 6
        assert len({box.eval("import random; random.random()").value for box in kept}) == 6


def test_options_are_those_of_a_sandbox(tmp_path):
    (tmp_path / "a.txt").write_text("hi")

    @tool
    def double(x: int) -> int:
        return 2 * x

    with Pool(policy=Policy(timeout=0.3), tools=[double], mounts={"/data": tmp_path}, env={"A": "b"}, warm=3) as pool:
        for _ in range(4):
            assert pool.run("import os; tools.double(x=21), open('/data/a.txt').read(), os.environ['A']").value == (42, "hi", "b")
        assert pool.run("while True: pass").limit.name == "timeout"
    with Pool("javascript") as pool:
        assert pool.run("[1, 2].map(x => x * 2)").value == [2, 4]
        with pool.acquire() as box:
            box.set(x=5)
            assert box.get("x") == 5


@pytest.mark.parametrize("options", [{"warm": 10**6}, {"workers": 10**6}, {"policy": Policy(memory="1K")}])
def test_what_cannot_be_is_refused(options):
    with pytest.raises(belljar.ArgumentError):
        Pool(**options)


def test_snapshots_and_forks_of_what_was_acquired():
    with Pool() as pool, pool.acquire() as box:
        box.eval("x = 1")
        snapshot = box.snapshot()
        with box.fork() as twin:
            twin.eval("x = 2")
        box.eval("x = 3")
        box.rewind(snapshot)
        assert box.get("x") == 1
        with snapshot.spawn() as other:
            assert other.get("x") == 1


def test_a_closed_pool_says_so_and_its_sandboxes_go_on():
    pool = Pool()
    box = pool.acquire()
    pool.close()
    pool.close()
    assert box.eval("1").value == 1
    with pytest.raises(belljar.SandboxEnded, match="pool has been closed"):
        pool.acquire()
    box.close()
    pool = Pool()
    box = pool.acquire()
    del pool
    gc.collect()
    assert box.eval("2").value == 2


def test_threads_that_acquire_while_it_is_closed():
    pool = Pool(workers=2)
    seen = []

    def use():
        try:
            while True:
                seen.append(pool.run("6 * 7").value)
        except belljar.SandboxEnded:
            pass

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    pool.close()
    for thread in threads:
        thread.join()
    assert set(seen) == {42} and len(seen) > 20


def test_arun():
    async def main():
        with Pool(workers=1) as pool:
            assert [r.value for r in await asyncio.gather(*(pool.arun(f"{n}") for n in range(10)))] == list(range(10))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(pool.arun("while True: pass"), 0.2)

    asyncio.run(main())


def test_a_pool_after_a_fork(program):
    ended = program("""
import os, belljar
pool = belljar.Pool(); box = pool.acquire(); box.eval("1")
if os.fork() == 0:
    try:
        pool.acquire()
    except belljar.UnsupportedError as error:
        assert "fork" in str(error)
        box.close(); pool.close(); del pool, box
        os._exit(0 if belljar.Pool().run("5").value == 5 else 1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.wait()[1]), pool.run("7").value)
""")
    assert ended.stdout == "0 7\n", ended


def test_the_interpreter_ends_with_a_live_pool(program):
    for rest in ("", "import sys; sys.pool = pool", "del pool", "pool.close()"):
        ended = program(f"import belljar\npool = belljar.Pool(); box = pool.acquire(); box.eval('1')\n{rest}")
        assert ended.returncode == 0, ended


def test_a_thousand_leave_nothing_behind():
    with Pool(warm=2) as pool:
        for _ in range(1500):  # more than may be alive at once
            pool.acquire().eval("1")


def test_deterministic_receipts_are_the_same_whoever_makes_the_sandbox():
    policy = Policy(deterministic=True, seed=7)
    with Pool(policy=policy, warm=1) as pool:
        receipts = [belljar.run("6 * 7", policy=policy), pool.run("6 * 7"), *belljar.map(["6 * 7"] * 2, policy=policy)]
    assert len({receipt.digest for receipt in receipts}) == 1

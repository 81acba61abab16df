"""Sandboxes from Python: evals, policies, files, snapshots."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile

import pytest

import belljar
from belljar import Archive, Memory, Policy, Sandbox, Snapshot

WAT = b"""(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 3))))"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_globals_stay_and_the_last_expression_is_the_value(box):
    assert box.eval("x = 6").value is None
    receipt = box.eval("print('hi')\nx * 7")
    assert (receipt.ok, receipt.value, receipt.repr, receipt.stdout) == (True, 42, "42", "hi\n")
    assert receipt.usage.fuel is None and receipt.usage.wall_ns > 0
    assert json.loads(receipt.to_json()) == receipt.to_dict()
    assert receipt.raise_for_outcome() is receipt


def test_an_exception_is_an_outcome(box):
    receipt = box.eval("1 / 0")
    assert (receipt.outcome, receipt.error.type, receipt.exit_code) == ("error", "ZeroDivisionError", 1)
    assert "ZeroDivisionError" in receipt.error.traceback
    with pytest.raises(belljar.GuestException) as caught:
        receipt.raise_for_outcome()
    assert caught.value.receipt is receipt


@pytest.mark.parametrize(
    "policy, source, limit",
    [
        (Policy(timeout=0.2), "while True: pass", "timeout"),
        (Policy(cpu=0.05), "while True: pass", "cpu"),
        (Policy(cpu=0.05, fuel=10**15), "while True: pass", "cpu"),
        (Policy(fuel=10**9), "while True: pass", "fuel"),
        (Policy(output="1K"), "print('x' * 2000)", "output-limit"),
    ],
)
def test_limits_end_it(policy, source, limit):
    with Sandbox(policy=policy) as box:
        receipt = box.eval(source)
        assert receipt.limit.name == limit and box.ended
        with pytest.raises(belljar.LimitReached):
            receipt.raise_for_outcome()
        with pytest.raises(belljar.SandboxEnded):
            box.eval("1")


def test_waiting_costs_no_processor_time():
    with Sandbox(policy=Policy(cpu=1), tools=[wait_a_while]) as box:
        receipt = box.eval("import time; tools.wait_a_while(); time.sleep(0.8); 1")
        assert receipt.value == 1
        assert receipt.usage.cpu_ns < 1e9 < receipt.usage.wall_ns


def wait_a_while() -> None:
    """Takes longer than the guest may compute."""
    time.sleep(0.5)


def test_time_that_is_spent_waiting_for_a_thread_is_not_the_guests():
    """They are begun together on one thread."""
    source = "for i in range(2_000_000): pass"
    receipts = list(belljar.map([source] * 20, workers=1, policy=Policy(timeout=60)))
    assert [receipt.outcome for receipt in receipts] == ["ok"] * 20
    assert any(receipt.usage.queued_ns > 0 for receipt in receipts)
    assert all(0 <= receipt.usage.queued_ns <= receipt.usage.wall_ns for receipt in receipts)


def test_an_exit_ends_it(box):
    receipt = box.eval("raise SystemExit(3)")
    assert (receipt.outcome, receipt.exit_code) == ("exit", 3)
    with pytest.raises(belljar.Exited):
        receipt.raise_for_outcome()


@pytest.mark.parametrize(
    "policy", [Policy(memory="1K"), Policy(memory=-1), Policy(memory="much"), Policy(timeout=0), Policy(seed=-1)]
)
def test_a_limit_out_of_range_is_refused(policy):
    with pytest.raises(belljar.ArgumentError):
        Sandbox(policy=policy)


def test_deterministic_runs_have_the_same_digest():
    policy = Policy(deterministic=True, seed=7)
    first, second = (belljar.run("import random, time; random.random(), time.time()", policy=policy) for _ in range(2))
    assert first.value == second.value and first.digest == second.digest and first.usage.fuel == second.usage.fuel


def test_mounts(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner.py", "x = 5")
    mounts = {
        "/ro": tmp_path,
        "/rw": (str(tmp_path), "rw"),
        "/over": (tmp_path, "overlay"),
        "/tmp": Memory("1M"),
        "/zip": Archive(tmp_path / "a.zip"),
    }
    with Sandbox(mounts=mounts, env={"A": "b"}, stdin="line\n") as box:
        assert box.eval("open('/ro/a.txt').read()").value == "hello"
        assert box.eval("open('/ro/b.txt', 'w')").denied[0].path == "/ro/b.txt"
        box.eval("open('/rw/b.txt', 'w').write('new')").raise_for_outcome()
        assert (tmp_path / "b.txt").read_text() == "new"
        receipt = box.eval("open('/over/a.txt', 'w').write('changed')")
        assert [(f.path, f.change) for f in receipt.files] == [("/over/a.txt", "modified")]
        assert (tmp_path / "a.txt").read_text() == "hello"
        assert [f.path for f in box.changes("/over")] == ["/over/a.txt"]
        assert box.changes().unfinished == {}
        assert box.eval("import os, sys; sys.path.append('/zip'); import inner; inner.x").value == 5
        assert box.eval("os.environ['A'], input()").value == ("b", "line")
        assert box.commit("/over") == 1
        assert (tmp_path / "a.txt").read_text() == "changed"


@pytest.mark.parametrize("mounts", [{"rel": "."}, {"/x": (".", "what")}])
def test_a_mount_that_is_none_is_refused(mounts):
    with pytest.raises(belljar.ArgumentError):
        Sandbox(mounts=mounts)


def test_a_missing_directory_is_an_os_error():
    with pytest.raises(OSError) as caught:
        Sandbox(mounts={"/x": "/no/such/dir"})
    assert isinstance(caught.value, belljar.IOFailure) and caught.value.errno


def test_files(box, tmp_path):
    box.files.write("/work/deep/in.csv", b"1,2")
    box.files.write("rel.txt", "text")
    assert box.eval("open('/work/deep/in.csv').read()").value == "1,2"
    box.eval("open('out.bin', 'wb').write(bytes(range(256)))")
    assert box.files.read("/work/out.bin") == bytes(range(256))
    assert [(f.name, f.type) for f in box.files.list()] == [("deep", "directory"), ("out.bin", "file"), ("rel.txt", "file")]
    assert box.files.list()[1] == belljar.File("out.bin", "/work/out.bin", "file", 256)
    assert box.files.read_text("rel.txt") == "text" and box.files.exists("rel.txt")
    box.files.remove("rel.txt")
    assert not box.files.exists("rel.txt")
    with pytest.raises(OSError):
        box.files.read("rel.txt")
    with pytest.raises(belljar.ArgumentError):
        box.files.read("out.bin", most=10)
    with pytest.raises(ValueError):
        box.files.read("a\0b")
    assert box.files.copy_out("/work", tmp_path / "out") == 2


def test_what_is_written_from_outside_is_bounded():
    with Sandbox(policy=Policy(file_bytes="1M")) as box:
        with pytest.raises(OSError):
            box.files.write("big", bytes(2 << 20))


GREEDY = """
import os
kept = []
try:
    for name in sorted(os.listdir("/ro")):
        kept.append(open("/ro/" + name))
except OSError as error:
    print(error.errno, error.strerror)
len(kept)
"""

DESCRIPTORS = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
from belljar import Sandbox
greedy, folder, mode = sys.argv[1:]
boxes = [Sandbox("python", mounts={"/ro": (folder, mode)}) for _ in range(30)]
counts = [box.eval(greedy) for box in boxes]
assert all(1 <= r.value <= 64 for r in counts), [r.value for r in counts]
assert any("host" in d.reason for d in counts[-1].denied), counts[-1].denied
assert len(os.listdir("/proc/self/fd")) < 900
with open("/etc/hostname"):
    pass
with Sandbox("python", mounts={"/ro": (folder, mode)}) as late:
    assert late.eval("len(open('/ro/f000').read())").value == 1
    twins = [late.fork() for _ in range(20)]
assert Sandbox("python").eval("2 + 2").value == 4
"""


@pytest.mark.parametrize("mode", ["ro", "rw", "overlay"])
def test_guests_leave_the_host_its_descriptors(tmp_path, mode):
    for i in range(300):
        (tmp_path / f"f{i:03}").write_text("x")
    subprocess.run([sys.executable, "-c", DESCRIPTORS, GREEDY, str(tmp_path), mode], check=True)


def test_host_descriptors_are_a_limit(tmp_path):
    for i in range(20):
        (tmp_path / f"f{i}").write_text("x")
    with Sandbox(policy=Policy(host_descriptors=7), mounts={"/ro": tmp_path}) as box:
        receipt = box.eval(GREEDY)
        assert receipt.value == 7
        assert "host-descriptors" in receipt.denied[0].reason


def test_names_that_are_not_utf8_are_errors_not_crashes(box):
    assert box.eval("open(b'/work/a\\xff', 'w')").error.type == "OSError"
    with pytest.raises(OSError):
        box.files.read("/work/a\udcff")


def test_images(box):
    box.set(png=PNG)
    receipt = box.eval(
        "open('a.png', 'wb').write(png); open('b.svg', 'w').write('<svg></svg>'); open('c.png', 'w').write('none')"
    )
    assert [(i.path, i.format) for i in receipt.images] == [("/work/a.png", "png"), ("/work/b.svg", "svg")]
    assert receipt.images[0].data == PNG and "<img" in receipt.images[0]._repr_mimebundle_()["text/html"]


def test_snapshots(tmp_path):
    with Sandbox() as box:
        box.eval("x = 1")
        snapshot = box.snapshot()
        box.eval("x = 2")
        with snapshot.spawn() as spawned, box.fork() as twin:
            assert (spawned.get("x"), twin.get("x"), box.get("x")) == (1, 2, 2)
        box.rewind(snapshot)
        assert box.get("x") == 1
        snapshot.save(tmp_path / "s.bj")
        assert snapshot.describe()["memory_bytes"] > 0
    with Snapshot.load(tmp_path / "s.bj", policy=Policy(timeout=5)).spawn() as loaded:
        assert loaded.get("x") == 1
    (tmp_path / "s.bj").write_bytes(b"nonsense")
    with pytest.raises(belljar.ModuleError):
        Snapshot.load(tmp_path / "s.bj")


def test_saving_and_loading_can_be_ended(tmp_path):
    class Enough(Exception):
        pass

    def enough():
        raise Enough

    with Sandbox() as box:
        # So much to pack that whoever may end it is asked.
        box.eval("import random; data = random.Random(1).randbytes(48 << 20)")
        snapshot = box.snapshot()
    saved, other = tmp_path / "s.bj", tmp_path / "other.bj"
    snapshot.save(saved, timeout=600, stops=lambda: False)
    before = saved.read_bytes()
    for path in (saved, other):
        with pytest.raises(belljar.StoppedError):
            snapshot.save(path, timeout=0.001)
        with pytest.raises(belljar.StoppedError):
            snapshot.save(path, stops=lambda: True)
        with pytest.raises(Enough):
            snapshot.save(path, stops=enough)
    assert saved.read_bytes() == before and not other.exists()
    with pytest.raises(belljar.StoppedError):
        Snapshot.load(saved, timeout=0.001)
    with pytest.raises(belljar.StoppedError):
        Snapshot.load(saved, stops=lambda: True)
    with pytest.raises(Enough):
        Snapshot.load(saved, stops=enough)
    with Snapshot.load(saved, timeout=600, stops=lambda: 0).spawn() as loaded:
        assert loaded.eval("len(data)").value == 48 << 20
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(belljar.ArgumentError):
            snapshot.save(saved, timeout=wrong)
    with pytest.raises(TypeError):
        snapshot.save(saved, stops=1)


def test_a_signal_ends_saving(tmp_path):
    class Alarm(Exception):
        pass

    def ring(number, frame):
        raise Alarm

    with Sandbox() as box:
        box.eval("import random; data = random.Random(1).randbytes(48 << 20)")
        snapshot = box.snapshot()
    before = signal.signal(signal.SIGALRM, ring)
    try:
        with pytest.raises(Alarm):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            snapshot.save(tmp_path / "s.bj")
            time.sleep(600)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_forks_draw_their_own_numbers_and_twins_the_same():
    draw = "[random.random(), own.random(), next(tempfile._get_candidate_names())]"
    with Sandbox() as box:
        box.eval("import random, tempfile; random.random(); tempfile.mktemp(); own = random.Random(); own.random()")
        snapshot = box.snapshot()

        def drawn(make):
            with make() as one, make() as other:
                return list(zip(one.eval(draw).value, other.eval(draw).value))

        for make in (box.fork, snapshot.spawn, lambda: snapshot.spawn(policy=Policy(timeout=9))):
            assert all(a != b for a, b in drawn(make))
        for make in (lambda: box.fork(twin=True), lambda: snapshot.spawn(twin=True)):
            assert all(a == b for a, b in drawn(make))
        box.rewind(snapshot)
        first = box.eval(draw).value
        box.rewind(snapshot)
        assert box.eval(draw).value != first
        box.rewind(snapshot, twin=True)
        second = box.eval(draw).value
        box.rewind(snapshot, twin=True)
        assert box.eval(draw).value == second
        box.eval("random.seed(7)")  # the program's own wish
        assert [a == b for a, b in drawn(box.fork)] == [True, False, False]


def test_variables_and_arguments_are_those_of_the_spawn(tmp_path):
    seen = "import os, sys; [os.environ.get('KEY'), os.environ.get('OTHER'), sys.argv]"
    with Sandbox(env={"KEY": "secret"}, args=["x", "--token=abc"]) as box:
        box.eval("1")
        snapshot = box.snapshot()
    made = ["secret", None, ["x", "--token=abc"]]
    none = [None, None, [""]]
    cases = [
        ({}, made),
        ({"policy": Policy(timeout=9)}, none),
        ({"policy": Policy(timeout=9), "keep_env": True}, made),
        ({"env": {"OTHER": "o"}, "args": ["y"]}, [None, "o", ["y"]]),
    ]
    for options, expected in cases:
        with snapshot.spawn(**options) as box:
            assert box.eval(seen).value == expected, options
    snapshot.save(tmp_path / "s.bj")
    loaded = Snapshot.load(tmp_path / "s.bj")
    for options, expected in [({}, none), ({"keep_env": True}, made)]:
        with loaded.spawn(**options) as box:
            assert box.eval(seen).value == expected, options


def test_snapshot_files_with_a_key(tmp_path):
    key, path = os.urandom(32), tmp_path / "s.bj"
    with Sandbox() as box:
        box.eval("x = 'needle'")
        snapshot = box.snapshot()
    snapshot.save(path, key=key)
    loaded = Snapshot.load(path, key=key)
    with loaded.spawn() as box:
        assert box.get("x") == "needle"
    loaded.save(path, key=key)  # what was loaded can be saved
    Snapshot.load(path, key=key)
    for wrong in (None, os.urandom(32), b"short"):
        with pytest.raises(belljar.ArgumentError):
            Snapshot.load(path, key=wrong)
    with pytest.raises(belljar.ArgumentError):
        snapshot.save(path, key=b"short")
    with pytest.raises(TypeError):
        snapshot.save(path, key="0" * 32)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(belljar.ModuleError, match="edited"):
        Snapshot.load(path, key=key)
    snapshot.save(path)
    with pytest.raises(belljar.ModuleError, match="not encrypted"):
        Snapshot.load(path, key=key)


def test_a_snapshot_outlives_its_sandbox():
    box = Sandbox()
    box.eval("x = [1]")
    snapshot = box.snapshot()
    box.close()
    del box
    gc.collect()
    with snapshot.spawn() as spawned:
        assert spawned.get("x") == [1]


def test_javascript():
    with Sandbox("javascript") as box:
        assert box.eval("[1, 'a', null]").value == [1, "a", None]
        box.set(x={"a": [1]})
        assert box.get("x") == {"a": [1]}
        assert box.eval("export const y = 1; console.log('m')", module=True).stdout == "m\n"
        with pytest.raises(KeyError):
            box.get("nothing")


def test_modules(tmp_path):
    with Sandbox(WAT) as box:
        assert box.run().exit_code == 3
        with pytest.raises(belljar.SandboxEnded):
            box.run()
    (tmp_path / "m.wat").write_bytes(WAT)
    with Sandbox(tmp_path / "m.wat", args=["m"]) as box:
        assert box.run().outcome == "exit"
        with pytest.raises(belljar.BelljarError):
            box.eval("1")
    with pytest.raises(belljar.ModuleError):
        Sandbox(b"nonsense")
    with pytest.raises(OSError):
        Sandbox("/no/such.wasm")


def test_modules_that_throw():
    catches = b'(module (memory (export "memory") 1) (tag $t) (func (export "_start") (block $b (try_table (catch $t $b) (throw $t)))))'
    throws = b'(module (memory (export "memory") 1) (tag $t) (func (export "_start") (throw $t)))'
    with pytest.raises(belljar.ModuleError, match="exceptions"):
        Sandbox(catches)
    with Sandbox(catches, policy=Policy(exceptions=True)) as box:
        assert box.run().outcome == "ok"
    with Sandbox(throws, policy=Policy(exceptions=True)) as box:
        receipt = box.run()
        assert (receipt.outcome, receipt.error.message) == ("trap", "uncaught exception")


def test_a_closed_sandbox_says_so(box):
    box.close()
    box.close()
    assert box.ended
    for use in (lambda: box.eval("1"), box.snapshot, box.fork, lambda: box.files.list(), lambda: box.changes()):
        with pytest.raises(belljar.SandboxEnded, match="closed"):
            use()
    box.interrupt()


def test_source_that_is_no_text(box):
    assert box.eval(b"1 + 1").value == 2
    assert box.eval("\0").outcome == "error"
    assert box.eval(b"\xff\xfe").outcome == "error"
    with pytest.raises(ValueError):
        box.eval("'\ud800'")
    with pytest.raises(TypeError):
        box.eval(5)


def test_interrupt(box):
    threading.Timer(0.2, box.interrupt).start()
    with pytest.raises(belljar.Interrupted):
        box.eval("while True: pass").raise_for_outcome()


def test_aeval_leaves_the_loop_free():
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticker = asyncio.create_task(tick())
        async with Sandbox() as box:
            assert (await box.aeval("import time; time.sleep(0.3); 5")).value == 5
        ticker.cancel()
        return ticks

    assert asyncio.run(main()) > 10


def test_cancelling_interrupts():
    async def main():
        with Sandbox(policy=Policy(timeout=3600)) as box:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(box.aeval("while True: pass"), 0.2)
            assert box.ended

    asyncio.run(main())


def test_many_at_once():
    async def main():
        receipts = await asyncio.gather(*(belljar.arun(f"import time; time.sleep(.05); {i}") for i in range(20)))
        assert [r.value for r in receipts] == list(range(20))

    asyncio.run(main())


def test_map_keeps_the_order(capsys):
    receipts = belljar.map((f"import time; time.sleep({(i % 3) / 100}); {i}" for i in range(200)), workers=2)
    assert [r.value for r in receipts] == list(range(200))
    belljar.map(["1", "1/0"], workers=1, progress=True)
    assert "2/2, 1 not ok" in capsys.readouterr().err


def test_leaving_imap_cancels_the_rest():
    for receipt in belljar.imap(["1"] + ["while True: pass"] * 10, workers=2, policy=Policy(timeout=3600)):
        assert receipt.value == 1
        break
    gc.collect()


def test_amap():
    assert [r.value for r in asyncio.run(belljar.amap(["1", "2"], workers=1))] == [1, 2]


def test_cancelling_amap_ends_its_jobs():
    async def main():
        endless = belljar.amap(["while True: pass"] * 8, workers=2, policy=Policy(timeout=3600))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(endless, 0.3)
        while any(belljar.counters()[state] for state in ("waiting", "ready", "running")):
            await asyncio.sleep(0.01)

    asyncio.run(main())


def test_what_is_left_out_is_said_by_name():
    limits = {"files": 200_000, "memory": "512M", "file_bytes": "128M", "timeout": 300}
    with Sandbox(policy=Policy(**limits)) as box:
        assert box.eval("open('a', 'w').close()").unfinished == {}
        receipt = box.eval("import os\nfor i in range(100_001): os.link('a', f'b{i}')")
        assert receipt.outcome == "ok" and receipt.files_truncated
        assert receipt.unfinished == {"files": "count"}
        assert box.changes().unfinished == {"files": "count"}
        assert len(box.files.list("/work")) == 100_002


ALL_DESCRIPTORS = """
import json, sys, belljar
belljar.configure(host_descriptors=int(sys.argv[2]))
boxes = [belljar.Sandbox(mounts={"/ro": sys.argv[3]}) for _ in range(3)]
receipts = [box.eval(sys.argv[1]) for box in boxes]
print(sum(receipt.value for receipt in receipts), "in system" in receipts[2].stdout)
for late in (5, 0):
    try:
        belljar.configure(host_descriptors=late)
    except belljar.ArgumentError:
        print("refused")
"""


def test_quantities_are_read_as_at_the_command_line():
    assert Policy(memory="64MB", timeout="1.5s", fuel="1e9", files="10k", output="64KiB").limits() == {
        "memory": 64_000_000, "timeout": 1500, "fuel": 10**9, "files": 10_000, "output-limit": 65536
    }
    assert Policy(memory="64M", timeout=2).limits() == {"memory": 64 << 20, "timeout": 2000}
    for wrong in ({"memory": "64 M"}, {"memory": "much"}, {"memory": 2.5}, {"timeout": "0.5ms"}, {"timeout": "1e99"}, {"fuel": "x"}, {"memory": "1\0"}):
        with pytest.raises(belljar.ArgumentError, match=next(iter(wrong))):
            Policy(**wrong).limits()


COMPILER_LIMITS = """
import sys, belljar
belljar.configure(compile_ms=int(sys.argv[1]), compile_bytes=1 << 29)
loops = 600
body = "".join(f" loop local.get {i} i64.const 1 i64.add local.set {i}" for i in range(loops)) + " i32.const 1 br_if 0 end" * loops
module = f'(module (func (export "_start") (local{" i64" * loops}) {body}))'
try:
    belljar.Sandbox(module.encode())
except belljar.ModuleError as error:
    print("compile_ms" in str(error))
print(belljar.run("1 + 1").value)
for late in ({"compile_ms": 5}, {"compile_bytes": 0}, {"compile_ms": True}):
    try:
        belljar.configure(**late)
    except belljar.ArgumentError:
        print("refused")
"""


def test_what_compiling_may_take_is_configured():
    told = subprocess.run([sys.executable, "-c", COMPILER_LIMITS, "30"], check=True, capture_output=True, text=True).stdout.split()
    assert told == ["True", "2", "refused", "refused", "refused"]


def test_host_descriptors_of_all_sandboxes_are_configured(tmp_path):
    for i in range(20):
        (tmp_path / f"f{i}").write_text("x")
    command = [sys.executable, "-c", ALL_DESCRIPTORS, GREEDY, "25", str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert 1 <= int(told[0]) <= 25 and told[1:] == ["True", "refused", "refused"]

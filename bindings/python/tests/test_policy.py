"""Presets and policy files: what they give a sandbox, and what is said of wrong ones."""

import pathlib
import pickle

import pytest

import belljar
from belljar import ArgumentError, Policy, Pool, Sandbox, Snapshot

FILE = """
seed = 3
[limits]
timeout = "200ms"
[mounts]
"/data" = { host = "in", mode = "overlay" }
[env]
A = "b"
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x").write_text("hello")
    path = tmp_path / "p.toml"
    path.write_text(FILE)
    return path



@pytest.mark.parametrize("kind", [str, pathlib.Path, lambda path: Policy(base=path)])
def test_a_file_gives_limits_and_grants(file, kind):
    with Sandbox(policy=kind(file)) as box:
        assert box.eval("import os; (os.environ['A'], open('/data/x').read())").value == ("b", "hello")
        assert box.eval("while True: pass").limit.name == "timeout"


def test_arguments_stand_over_it(file):
    with Sandbox(policy=Policy(base=file, timeout=30), env={"A": "c"}, mounts={"/more": str(file.parent / "in")}) as box:
        assert box.eval("import os, time; time.sleep(.3); (os.environ['A'], os.listdir('/data'), os.listdir('/more'))").value == ("c", ["x"], ["x"])


def test_a_seed_of_the_file(file):
    draws = []
    for _ in range(2):
        with Sandbox(policy=file) as box:
            draws.append(box.eval("import random; random.random()").value)
    assert draws[0] == draws[1]


def test_presets():
    with Sandbox(policy="strict") as box:
        assert box.eval("print('x' * (2 << 20))").limit.name == "output-limit"
    with Pool(policy="strict", warm=1) as pool:
        assert pool.run("print('x' * (2 << 20))").limit.name == "output-limit"
    receipts = belljar.map(["print('x' * (2 << 20))"], policy="strict")
    assert [receipt.limit.name for receipt in receipts] == ["output-limit"]
    with Sandbox() as box:
        snapshot = box.snapshot()
        with snapshot.spawn(policy="strict") as other:
            assert other.eval("print('x' * (2 << 20))").limit.name == "output-limit"


def test_a_snapshot_is_loaded_under_it(tmp_path):
    with Sandbox() as box:
        box.snapshot().save(tmp_path / "s")
    with Snapshot.load(tmp_path / "s", policy="strict").spawn() as box:
        assert box.eval("print('x' * (2 << 20))").limit.name == "output-limit"


def test_wrong_ones_name_the_place(tmp_path):
    path = tmp_path / "p.json"
    path.write_text('{"limits":\n{"memroy": 1}}')
    with pytest.raises(ArgumentError, match=r"p\.json:2: limits\.memroy: there is no such limit"):
        Sandbox(policy=path)
    with pytest.raises(ArgumentError, match="neither a preset"):
        Sandbox(policy="stric")
    with pytest.raises(belljar.BelljarError, match="No such file"):
        Sandbox(policy=tmp_path / "nothing.toml")
    with pytest.raises(ValueError, match="null"):
        Sandbox(policy="a\0b")


def test_it_is_a_value(file):
    policy = Policy(base=str(file), timeout="1s")
    assert repr(policy) == f"Policy(timeout='1s', base={str(file)!r})"
    with Sandbox(policy=policy):
        pass
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_devices_are_for_modules_that_are_granted_them():
    names_a_mount = b"""(module
      (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $name (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (call $exit (call $name (i32.const 5) (i32.const 0) (i32.const 4)))))"""
    with Sandbox(names_a_mount) as box:
        assert box.run().exit_code == 8  # EBADF: /work is the last
    with Sandbox(names_a_mount, policy=Policy(devices=True)) as box:
        assert box.run().exit_code == 0

#!/usr/bin/env python3
"""Calls on paths answer in the sandbox as they do on Linux: test_paths.py BELLJAR [LAYER]

calls.py runs on this machine and in the sandbox, in its memory, in a directory of the host and in an overlay; every line must be the same, but
for two kinds of difference (is_expected)."""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LAYERS = {"memory": [], "rw": ["rw"], "overlay": ["overlay"]}
IN_SANDBOX = "import os\nos.chdir(%r)\nexec(open('/calls/calls.py').read())\n"


def is_expected(layer, linux, sandbox):
    """What docs/wasi.md has of them."""
    call, _, path, here, _ = linux
    there = sandbox[3]
    counted_from_the_root = path.startswith("none/none/") and (here, there) == ("ENOENT", "ENAMETOOLONG")
    link_that_goes_up = layer == "rw" and call == "symlink-to" and ".." in path and (here, there) == (None, "EPERM")
    return counted_from_the_root or link_that_goes_up



def lines(command, directory):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def on_linux():
    with tempfile.TemporaryDirectory() as directory:
        return lines([sys.executable, str(HERE / "calls.py")], directory)


def in_sandbox(belljar, mode):
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "main.py").write_text(IN_SANDBOX % ("/data" if mode else "/work"))
        granted = pathlib.Path(directory, "granted")
        granted.mkdir()
        grants = ["--dir", f"{HERE}:/calls"] + (["--dir", f"{granted}:/data:{mode[0]}"] if mode else [])
        return lines([belljar, "run", "--timeout", "250s", *grants, "main.py"], directory)


def main():
    belljar, layers = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:] or list(LAYERS)
    linux, wrong = on_linux(), 0
    if len(linux) < 2000:
        sys.exit(f"only {len(linux)} calls were made")
    for layer in layers:
        sandbox = in_sandbox(belljar, LAYERS[layer])
        if len(sandbox) != len(linux):
            sys.exit(f"{layer}: {len(sandbox)} lines, not {len(linux)}")
        for here, there in zip(linux, sandbox):
            if here != there and not is_expected(layer, here, there):
                wrong += 1
                print(f"{layer}: {here[0]} {here[2]!r}: {here[3:]}, in the sandbox {there[3:]}")
    print(f"{len(linux)} calls on {', '.join(layers)}: {wrong} differ")
    sys.exit(wrong > 0)


main()

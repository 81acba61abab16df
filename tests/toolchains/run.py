#!/usr/bin/env python3
"""Programs of the toolchains that people have, in the sandbox: run.py BELLJAR BUILD [NAME…]

Each program.* says the same by its language's own means: its arguments, a variable, what lies in a directory that is granted read-only and
what a file there holds, that it cannot be changed; that what it writes by a relative name lies in /work, that what is missing is
missing, that a directory can be made and a file moved into it, that nothing outside can be found; and ends with 7.

Compilers are this machine's (clang-19, Go from 1.21, Rust with the target wasm32-wasip1), or come from a registry as `pins` has them. A toolchain that
cannot be had is left out, and that is said; --all makes it a failure. What was built is kept in BUILD/toolchains while its source and
compiler stay as they are.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SAID = """one two
value
a.txt sub
inside true
refused true
by a relative name true
missing true
moved true
outside true
"""


class NotToBeHad(Exception):
    """Why a toolchain is left out."""


def call(command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, **more)
    if done.returncode != 0:
        raise NotToBeHad(f"{command[0]}: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


# ---- What is fetched ----

def pins():
    lines = (line.split() for line in (HERE / "pins").read_text().splitlines() if line and not line.startswith("#"))
    return {name: rest for name, *rest in lines}


def right(path, sha256):
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def fetched(work, name):
    """The archive of a pinned package."""
    file, sha256, where = pins()[name]
    path = work / "archives" / file
    kind, spec = where.split(":", 1)
    if right(path, sha256):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "npm":
        if not shutil.which("npm"):
            raise NotToBeHad("there is no npm")
        call(["npm", "pack", "--silent", spec], cwd=path.parent)
    else:
        call([sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
              "--dest", path.parent, spec])
    if not right(path, sha256):
        sys.exit(f"{file} is not the file that tests/toolchains/pins names")
    return path


def unpacked(work, name):
    """The folder of a pinned package."""
    archive = fetched(work, name)
    folder = work / "unpacked" / archive.name
    if not folder.exists():
        new = folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                for member in wheel.infolist():
                    os.chmod(wheel.extract(member, new), member.external_attr >> 16 | 0o600)
        else:
            new.mkdir(parents=True)
            call(["tar", "-xzf", archive, "-C", new, "--strip-components=1"])
        new.rename(folder)
    return folder


# ---- The toolchains: each gives (what tells its version, the command that makes OUT of SOURCE, its environment). ----

def clang(name, flags):
    compiler = shutil.which(name)
    sysroot = ROOT / "build/guest/sysroot"
    if not compiler or not sysroot.exists():
        raise NotToBeHad(f"there is no {name}, or no build/guest/sysroot")
    command = [compiler, "--target=wasm32-wasi", f"--sysroot={sysroot}", "-O1", *flags]
    return call([compiler, "--version"]), lambda source, out: [*command, source, "-o", out], {}


def c(work):
    return clang("clang-19", [])


def cc(work):
    """With zig's wheel: another compiler and another C library than the guests are made with."""
    return zig(work, ["c++", "-target", "wasm32-wasi", "-O1", "-fno-exceptions"])


def go(work):
    own = shutil.which("go")
    version = own and re.search(r"go1\.(\d+)", call([own, "version"]))
    if not version or int(version.group(1)) < 21:
        own = str(next(unpacked(work, "go").glob("**/bin/go")))
    env = {"GOOS": "wasip1", "GOARCH": "wasm", "GOCACHE": str(work / "go-cache"), "GOFLAGS": "-mod=mod", "GO111MODULE": "off"}
    return call([own, "version"]), lambda source, out: [own, "build", "-trimpath", "-o", out, source], env


def rust(work):
    compiler = shutil.which("rustc") or shutil.which("rustc", path=str(pathlib.Path.home() / ".cargo/bin"))
    if not compiler:
        raise NotToBeHad("there is no rustc")
    library = pathlib.Path(call([compiler, "--print", "sysroot"]).strip(), "lib/rustlib/wasm32-wasip1/lib")
    rustup = pathlib.Path(compiler).with_name("rustup")
    if not library.exists() and rustup.exists():
        call([rustup, "target", "add", "wasm32-wasip1"])
    if not library.exists():
        raise NotToBeHad(f"{compiler} has no wasm32-wasip1")
    return call([compiler, "-vV"]), lambda source, out: [compiler, "--target", "wasm32-wasip1", "--edition", "2021", "-O", source, "-o", out], {}


def zig(work, what=None):
    compiler = next(unpacked(work, "zig").glob("ziglang/zig"))
    env = {"ZIG_GLOBAL_CACHE_DIR": str(work / "zig-cache"), "ZIG_LOCAL_CACHE_DIR": str(work / "zig-cache")}
    if what:
        return pins()["zig"][1], lambda source, out: [compiler, *what, source, "-o", out], env
    return pins()["zig"][1], lambda source, out: [compiler, "build-exe", "-target", "wasm32-wasi", "-O", "ReleaseSmall", source,
                                                  f"-femit-bin={out}"], env


def assemblyscript(work):
    modules = work / "assemblyscript/node_modules"
    if not shutil.which("node"):
        raise NotToBeHad("there is no node")
    for name in ("assemblyscript", "@assemblyscript/wasi-shim", "binaryen", "long"):
        place = modules / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to(unpacked(work, name))
    config = modules / "@assemblyscript/wasi-shim/asconfig.json"

    def command(source, out):
        # asc takes its sources from below its own folder.
        shutil.copy(source, modules.parent)
        return ["node", "--preserve-symlinks", "--preserve-symlinks-main", modules / "assemblyscript/bin/asc.js", source.name, "--config", os.path.relpath(config, modules.parent),
                "-O", "-o", os.path.relpath(out, modules.parent)]
    return str(pins()["assemblyscript"]), command, {}


def tinygo(work):
    compiler = shutil.which("tinygo")
    if not compiler:
        raise NotToBeHad("no package registry has it; it is used where it is installed")
    return call([compiler, "version"]), lambda source, out: [compiler, "build", "-target=wasip1", "-o", out, source], {}


TOOLCHAINS = {"c": ("program.c", c), "c++": ("program.cc", cc), "go": ("program.go", go), "rust": ("program.rs", rust),
              "zig": ("program.zig", zig), "assemblyscript": ("program.ts", assemblyscript), "tinygo": ("program.go", tinygo)}
LINES = {"assemblyscript": 2}  # of SAID, for who cannot do more


# ---- Building and running ----

def built(work, name):
    source, toolchain = TOOLCHAINS[name]
    version, command, env = toolchain(work)
    source = HERE / source
    out = work / f"{name}.wasm"
    line = [str(part) for part in command(source, out)]
    wanted = hashlib.sha256("\0".join([version, source.read_text(), *line]).encode()).hexdigest()
    stamp = out.with_suffix(".stamp")
    if not (out.exists() and stamp.exists() and stamp.read_text() == wanted):
        stamp.unlink(missing_ok=True)
        folder = work / "assemblyscript" if name == "assemblyscript" else work
        done = subprocess.run(line, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            sys.exit(f"{name} cannot be compiled:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted)
    return out


def run(belljar, module):
    """What came of it: (exit status, stdout, stderr), and what is wrong with the granted directory."""
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "data")
        (data / "sub").mkdir(parents=True)
        (data / "a.txt").write_text("unchanged")
        (data / "sub/b.txt").write_text("inside")
        done = subprocess.run([belljar, "run", "--dir", f"{data}:/data", "--env", "NAME=value", module, "--", "one", "two"],
                              capture_output=True, text=True, timeout=300)
        return done, (data / "a.txt").read_text() == "unchanged" and len(list(data.iterdir())) == 2


def check(belljar, work, name):
    try:
        module = built(work, name)
    except NotToBeHad as why:
        print(f"{name}: left out: {why}")
        return None
    done, kept = run(belljar, module)
    said = "".join(SAID.splitlines(keepends=True)[:LINES.get(name)])
    good = (done.returncode, done.stdout, done.stderr, kept) == (7, said, "", True)
    print(f"{name}: {'right' if good else f'WRONG: {done}, directory kept: {kept}'}")
    return good


def main():
    names = [word for word in sys.argv[1:] if word != "--all"]
    belljar, build = names[0], pathlib.Path(names[1]).resolve()
    work = build / "toolchains"
    work.mkdir(parents=True, exist_ok=True)
    results = [check(belljar, work, name) for name in names[2:] or TOOLCHAINS]
    if not any(results):
        print("nothing could be run")
    sys.exit(not any(results) or False in results or ("--all" in sys.argv and None in results))


main()

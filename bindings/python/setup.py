"""Builds belljar._core against the library in this tree, and puts the guests into the package.

The library is linked in whole; where it is not built yet, `make library` at the top of the tree builds it first.
"""

import pathlib
import re
import shutil
import subprocess

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build"
RUNTIMES = ("python", "javascript", "typescript")
GUESTS = ("python.image.wasm", "python-lib.zip", "javascript.image.wasm", "typescript.image.wasm")


def version() -> str:
    header = (ROOT / "include" / "belljar.h").read_text()
    return re.search(r'#define BJ_VERSION "([^"]+)"', header)[1]


def build_library() -> None:
    if not (BUILD / "libbelljar.a").exists():
        subprocess.run(["make", "-C", str(ROOT), "library"], check=True)


class BuildExtension(build_ext):
    def run(self) -> None:
        build_library()
        super().run()


class BuildPackage(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        build_library()
        guests = pathlib.Path(self.build_lib) / "belljar" / "guests"
        guests.mkdir(parents=True, exist_ok=True)
        for name in GUESTS:
            shutil.copy2(BUILD / "guests" / name, guests / name)
        # So that the first sandbox after an installation need not wait for the compiler.
        precompile = [ROOT / "scripts" / "precompile.sh", BUILD / "guests", BUILD / "compiled", *RUNTIMES]
        subprocess.run([str(part) for part in precompile], check=True)
        shutil.copytree(BUILD / "compiled", guests / "compiled", ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)


core = Extension(
    "belljar._core",
    sources=sorted(str(path.relative_to(HERE)) for path in (HERE / "src").glob("*.c")),
    depends=[str(HERE / "src" / "core.h"), str(ROOT / "include" / "belljar.h"), str(BUILD / "libbelljar.a")],
    include_dirs=[str(ROOT / "include")],
    define_macros=[("Py_LIMITED_API", "0x030A0000"), ("_GNU_SOURCE", None)],
    extra_compile_args=["-std=c11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fvisibility=hidden"],
    extra_objects=[str(BUILD / "libbelljar.a"), str(BUILD / "engine" / "libbjwasmtime.a")],
    libraries=["jansson", "nettle", "z", "zstd", "pthread", "dl", "m"],
    # Another copy of the engine in the process stays out of this one, and the other way round.
    extra_link_args=["-Wl,--exclude-libs,ALL", "-Wl,--gc-sections", "-Wl,-z,relro,-z,now", "-Wl,--strip-debug"],
    py_limited_api=True,
)

setup(
    version=version(),
    # "arrow": tables of the host, belljar/arrow.py.
    extras_require={"data": [f"belljar-data=={version()}"], "arrow": ["pyarrow>=15"]},
    ext_modules=[core],
    cmdclass={"build_ext": BuildExtension, "build_py": BuildPackage},
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)

"""Puts the full Python, as scripts/data-packages.sh lays it out, into a wheel that belongs to the package belljar of the same version."""

import pathlib
import re
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# As of the wheel of belljar, without which it is of no use.
PLATFORM = "manylinux_2_36_x86_64"


def version() -> str:
    header = (ROOT / "include" / "belljar.h").read_text()
    return re.search(r'#define BJ_VERSION "([^"]+)"', header)[1]


class HasMachineCode(Distribution):
    def has_ext_modules(self) -> bool:
        return True


class BuildPackage(build_py):
    def run(self) -> None:
        super().run()
        subprocess.run([str(ROOT / "scripts" / "data-packages.sh")], check=True)
        guests = pathlib.Path(self.build_lib) / "belljar_data" / "guests"
        shutil.rmtree(guests, ignore_errors=True)
        shutil.copytree(ROOT / "build" / "data-package", guests, ignore=shutil.ignore_patterns(".*"))


class Wheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", PLATFORM


setup(
    version=version(),
    install_requires=[f"belljar=={version()}"],
    distclass=HasMachineCode,
    cmdclass={"build_py": BuildPackage, "bdist_wheel": Wheel},
)

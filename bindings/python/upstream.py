"""Runs smolagents' own public tests of executors against BelljarPythonExecutor:

    python bindings/python/upstream.py CHECKOUT [pytest arguments]

CHECKOUT is a clone of smolagents' repository (bare will do), with the tag of the version that is installed here; the package docker, which
its tests import, is wanted too. Three lots: the
common integration class of its remote executors, the tests of the WebAssembly executor that it removed, and its tests of CodeAgent with
this executor in place of the local one. Nothing of it is kept; docs/smolagents.md has the results.
"""

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap

# The last commit that had the WebAssembly executor is the parent of the one that removed it.
REMOVED = "Remove remote WasmExecutor"

COMMON = """
import pytest
from belljar.smolagents import BelljarPythonExecutor
from tests.test_remote_executors import CommonDockerExecutorIntegration

class TestCommon(CommonDockerExecutorIntegration):
    @pytest.fixture
    def custom_executor(self):
        with BelljarPythonExecutor(["*"]) as executor:
            yield executor
"""

WASM = """
import ast, pathlib, pytest
from smolagents import FinalAnswerTool
from smolagents.utils import AgentError
from belljar.smolagents import BelljarPythonExecutor

tree = ast.parse(pathlib.Path(__file__).with_name("removed.txt").read_text())
(found,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "TestWasmExecutorIntegration"]
found.decorator_list = []
found.body = [n for n in found.body if getattr(n, "name", "") != "setup_and_teardown"]
exec(compile(ast.Module([found], []), "removed.txt", "exec"))

class TestRemovedWasmExecutor(TestWasmExecutorIntegration):
    @pytest.fixture(autouse=True)
    def made(self):
        with BelljarPythonExecutor(["*"]) as self.executor:
            yield

del TestWasmExecutorIntegration
"""

# CodeAgent makes its executor by this name.
CONFTEST = """
import smolagents.agents
from belljar.smolagents import BelljarPythonExecutor

smolagents.agents.LocalPythonExecutor = BelljarPythonExecutor
"""


def git(checkout: str, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", checkout, *arguments], check=True, capture_output=True).stdout


def lay_out(checkout: str, folder: pathlib.Path) -> None:
    version = importlib.metadata.version("smolagents")
    archive = git(checkout, "archive", f"v{version}", "tests")
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    commit = git(checkout, "log", "--format=%H", f"--grep={REMOVED}", "-1").decode().strip()
    (folder / "removed.txt").write_bytes(git(checkout, "show", f"{commit}^:tests/test_remote_executors.py"))
    (folder / "test_common.py").write_text(textwrap.dedent(COMMON))
    (folder / "test_wasm.py").write_text(textwrap.dedent(WASM))
    (folder / "plugin_belljar.py").write_text(textwrap.dedent(CONFTEST))


def main() -> int:
    checkout, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        lay_out(checkout, folder)
        env = os.environ | {"PYTHONPATH": name}
        pytest = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rfE", "--tb=line", *rest]
        lots = (
            ["test_common.py", "test_wasm.py"],
            ["-p", "plugin_belljar", "tests/test_agents.py", "-k", "CodeAgent or code_agent"],
        )
        return max(subprocess.run([*pytest, *lot], cwd=folder, env=env).returncode for lot in lots)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main())

import os
import subprocess
import sys

import pytest

from belljar import Sandbox


@pytest.fixture
def box():
    with Sandbox("python") as box:
        yield box


@pytest.fixture
def program():
    """Runs a Python program of the host's in a process of its own."""

    def run(source, timeout=30, **options):
        return subprocess.run(
            [sys.executable, "-c", source], capture_output=True, text=True, timeout=timeout, env=os.environ, **options
        )

    return run

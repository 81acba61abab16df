"""Where packages come from: the user's npm configuration.

Variables (npm_config_…) count most, then the user's npmrc, then the machine's. A project's .npmrc is not read: where it lies may be
anybody's. What none of them says, npm itself is asked for, where it is installed.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import re
import subprocess
import urllib.parse
from collections.abc import Mapping

from .errors import NpmError

_MOST_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class Settings:
    """``values`` are those of npmrc, by their names in it."""

    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.values.get(name) or None

    @property
    def offline(self) -> bool:
        return self.values.get("offline") == "true"

    def registry(self, package: str) -> str:
        """The registry that has a package; its address ends in a slash."""
        scope = package.split("/")[0] if package.startswith("@") else ""
        named = (self.get(f"{scope}:registry") if scope else None) or self.get("registry") or _asked_for()
        if not named:
            raise NpmError("no registry is known: write registry=ADDRESS into ~/.npmrc, or set npm_config_registry")
        if urllib.parse.urlsplit(named).scheme not in ("https", "http"):
            raise NpmError(f"the registry of npm's configuration is no https address: {named}")
        return named.rstrip("/") + "/"

    def authorization(self, address: str) -> str | None:
        """What an address is to be told, where npmrc has something for it or for what lies above it."""
        parts = urllib.parse.urlsplit(address)
        path = parts.path.rstrip("/")
        while True:
            place = f"//{parts.netloc}{path}/"
            token, basic = self.get(f"{place}:_authToken"), self.get(f"{place}:_auth")
            if token:
                return f"Bearer {token}"
            if basic:
                return f"Basic {basic}"
            if not path:
                return None
            path = path.rpartition("/")[0]


def _expanded(text: str) -> str:
    return re.sub(r"\$\{([^}]+)\}", lambda match: os.environ.get(match[1].rstrip("?"), ""), text)


def _read(file: pathlib.Path) -> dict[str, str]:
    """The settings of an npmrc; lists (name[]=) are left out."""
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            text = opened.read(_MOST_BYTES)
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or name.startswith((";", "#", "[")) or name.endswith("[]"):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name.strip()] = _expanded(value)
    return found


def _variables() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in os.environ.items():
        if name.lower().startswith("npm_config_") and value:
            rest = name[len("npm_config_") :]
            found[rest if rest.startswith(("@", "//")) else rest.lower().replace("_", "-")] = value
    return found


def load() -> Settings:
    """The settings of whoever runs this."""
    variables = _variables()
    user = variables.get("userconfig") or os.path.expanduser("~/.npmrc")
    machine = variables.get("globalconfig") or "/etc/npmrc"
    return Settings({**_read(pathlib.Path(machine)), **_read(pathlib.Path(user)), **variables})


@functools.cache
def _asked_for() -> str | None:
    """npm's own word. It runs nothing of a package for it."""
    try:
        done = subprocess.run(["npm", "config", "get", "registry"], cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    answer = done.stdout.strip()
    return answer if done.returncode == 0 and answer.startswith("http") else None

"""Configurations: INI, TOML, environment, defaults; validation with messages; a small log."""
import configparser
import contextlib
import copy
import io
import logging
import os
import sys
import tomllib
from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace

INI = """[DEFAULT]
home = /srv
[server]
host = example.org
port = 8080
root = %(home)s/www
debug = yes
[paths]
list = a
  b
  c
"""
TOML = """title = "x"
when = 1979-05-27T07:32:00-08:00
[server]
port = 9090
tags = ["a", "b"]
limits = { cpu = 1.5, memory = 0x10 }
[[job]]
name = "one"
[[job]]
name = "two\\n"
text = '''
raw \\ text'''
"""
DEFAULTS = MappingProxyType({"server": {"host": "localhost", "port": 80, "tags": []}, "level": "INFO"})


def merge(base, extra):
    result = copy.deepcopy(dict(base))
    for key, value in extra.items():
        result[key] = merge(result[key], value) if isinstance(value, Mapping) and isinstance(result.get(key), Mapping) else value
    return result


def from_environment(prefix, environment):
    tree = {}
    for name, value in sorted(environment.items()):
        if name.startswith(prefix):
            *path, last = name.removeprefix(prefix).lower().split("__")
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node[last] = int(value) if value.lstrip("-").isdigit() else value
    return tree


def check(value, schema, path="config"):
    match schema:
        case type():
            if not isinstance(value, schema):
                yield f"{path}: {value!r} is not {schema.__name__}"
        case [inner]:
            for i, item in enumerate(value if isinstance(value, list) else []):
                yield from check(item, inner, f"{path}[{i}]")
        case dict():
            for key in schema.keys() - value.keys():
                yield f"{path}: {key} is missing"
            for key in value:
                if key in schema:
                    yield from check(value[key], schema[key], f"{path}.{key}")
        case _ if callable(schema) and not schema(value):
            yield f"{path}: {value!r} is out of range"


def as_space(value):
    return SimpleNamespace(**{k: as_space(v) for k, v in value.items()}) if isinstance(value, Mapping) else value


ini = configparser.ConfigParser()
ini.read_string(INI)
print(ini["server"]["root"], ini.getint("server", "port") + 1, ini["server"].getboolean("debug"), ini["paths"]["list"].split(), ini.get("server", "nope", fallback="?"))
out = io.StringIO()
ini.write(out)
print(out.getvalue().count("\n"), ini.sections())
toml = tomllib.loads(TOML)
print(toml)
for bad in ("a = 1\na = 2", "x = ", "[a\n", "k = 01"):
    try:
        tomllib.loads(bad)
    except tomllib.TOMLDecodeError as error:
        print("TOML:", error)
try:
    configparser.ConfigParser().read_string("no section = 1")
except configparser.MissingSectionHeaderError as error:
    print(str(error).replace("\n", " / "))
environment = {"APP_SERVER__PORT": "7000", "APP_LEVEL": "DEBUG", "OTHER": "x", "APP_DEEP__ER__KEY": "-3"}
merged = merge(merge(DEFAULTS, {"server": toml["server"]}), from_environment("APP_", environment))
print(merged, DEFAULTS["server"]["tags"])
schema = {"server": {"host": str, "port": lambda p: 1024 < p < 7000, "tags": [str], "key": str}, "level": str}
print(sorted(check(merged, schema)))
print(as_space(merged).server.limits, os.environ.get("NOT_SET_ANYWHERE", "unset"))
log = logging.getLogger("app.db")
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("%(levelname)-8s %(name)s %(message)s", validate=True))
logging.getLogger("app").addHandler(handler)
logging.getLogger("app").setLevel(merged["level"])
log.debug("port %d", merged["server"]["port"])
with contextlib.suppress(ZeroDivisionError):
    try:
        1 / 0
    except ZeroDivisionError:
        log.error("failed: %s", "division")
        raise
log.setLevel(logging.WARNING)
log.info("not shown")
log.warning("shown %(a)s", {"a": 1})

"""Packages from npm: a registry on the loopback, good and bad, and what a sandbox sees of it."""

import base64
import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import stat
import subprocess
import sys
import tarfile
import threading

import pytest

import belljar
from belljar import packages
from belljar.npm import registry as npm_registry, settings as npm_settings, tarball, versions
from belljar.packages import PackageError, resolve_npm

# ---------------------------------------------------------------------- versions


@pytest.mark.parametrize(
    "text, inside, outside",
    [
        ("^1.2.3", ["1.2.3", "1.99.0"], ["1.2.2", "2.0.0", "2.0.0-alpha", "1.3.0-beta"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^1.2.3-beta.2", ["1.2.3-beta.2", "1.2.3-beta.11", "1.2.3", "1.3.0"], ["1.2.3-beta.1", "1.2.4-beta.2"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^0.x", ["0.9.0"], ["1.0.0"]),
        ("^1.x", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
        ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
        ("~> 1.2", ["1.2.9"], ["1.3.0"]),
        ("1.2.x", ["1.2.0"], ["1.3.0"]),
        ("1", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.0"]),
        ("*", ["0.0.0", "9.9.9"], ["1.0.0-rc"]),
        ("", ["1.0.0"], ["1.0.0-rc"]),
        ("1.2.3 - 2.3", ["1.2.3", "2.3.9"], ["2.4.0", "1.2.2"]),
        ("1.2 - 2.3.4", ["1.2.0", "2.3.4"], ["2.3.5"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("<1.2", ["1.1.9"], ["1.2.0", "1.2.0-rc"]),
        (">= 1.2.0  < 1.4 || =3.0.0", ["1.3.9", "3.0.0"], ["1.4.0", "3.0.1"]),
        ("v1.2.3", ["1.2.3"], ["1.2.4"]),
        (">1.2.3-alpha.3", ["1.2.3-alpha.7", "3.4.5"], ["3.4.5-alpha.9"]),
        ("<*", [], ["0.0.0"]),
        ("1.0.0 || 2.x", ["1.0.0", "2.1.0"], ["1.0.1"]),
    ],
)
def test_ranges(text, inside, outside):
    wanted = versions.Range(text)
    assert [v for v in inside if versions.parse(v) not in wanted] == []
    assert [v for v in outside if versions.parse(v) in wanted] == []


def test_order_of_versions():
    order = ["1.0.0-0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0"]
    assert [repr(v) for v in sorted(map(versions.parse, reversed(order)))] == order
    assert versions.parse("1.0.0+build") == versions.parse("1.0.0")


@pytest.mark.parametrize("text", ["git+ssh://x/y", "file:../x", "1.2.3.4", ">=x.y.z.w", "9" * 400, "1" * 5000, "workspace:*", "^^1"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(ValueError):
        versions.Range(text)
    assert versions.parse(text) is None


# ---------------------------------------------------------------------- a registry


def packed(files, change=None):
    """A tarball; `change` may alter its entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            data = text if isinstance(text, bytes) else text.encode()
            entry.size = len(data)
            if change:
                change(entry)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class Fake:
    """A registry. ``asked`` are the paths that were asked for, ``told`` its headers."""

    def __init__(self):
        self.packages, self.answers, self.asked, self.told = {}, {}, [], []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                fake.asked.append(self.path)
                fake.told.append(dict(self.headers))
                status, headers, body = fake.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path):
        if path in self.answers:
            return self.answers[path]
        name = path[1:].replace("%2F", "/").replace("%2f", "/")
        if name in self.packages:
            return 200, {"Content-Type": "application/json"}, json.dumps(self.packages[name]).encode()
        return 404, {}, b"{}"

    def add(self, name, version="1.0.0", files=None, data=None, tags=None, **facts):
        """A package; returns what the registry says of that version, which may be altered."""
        text = json.dumps({"name": name, "version": version, **facts})
        data = packed({"package/package.json": text, **{f"package/{f}": t for f, t in (files or {"index.js": f"module.exports = '{name} {version}'"}).items()}}) if data is None else data
        place = f"/{name}/-/{version}.tgz"
        self.answers[place] = (200, {}, data)
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        told = self.packages.setdefault(name, {"name": name, "dist-tags": {}, "versions": {}})
        told["versions"][version] = {"name": name, "version": version, **facts, "dist": {"tarball": self.address[:-1] + place, "integrity": integrity}}
        told["dist-tags"].update({"latest": version, **{tag: version for tag in tags or ()}})
        return told["versions"][version]


@pytest.fixture
def fake(tmp_path, monkeypatch):
    fake = Fake()
    for name in list(os.environ):
        if name.lower().startswith("npm_config_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_registry", fake.address)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    monkeypatch.setenv("npm_config_globalconfig", str(tmp_path / "none"))
    monkeypatch.setenv("BELLJAR_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(npm_registry.time, "sleep", lambda seconds: None)
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def value(source, wanted):
    receipt = belljar.run(source, lang="javascript", packages=wanted)
    assert receipt.ok, receipt.stderr
    return receipt.value


# ---------------------------------------------------------------------- using them


def test_a_sandbox_imports_packages_and_what_they_need(fake):
    fake.add("lower", files={"index.js": "exports.name = 'lower'"})
    fake.add("upper", type="module", exports="./main.mjs", dependencies={"lower": "^1.0.0"}, files={"main.mjs": "export { name } from 'lower'; export const up = 1"})
    fake.add("@scope/inner", "2.1.0", main="./a", files={"a.js": "module.exports = 2"})
    assert value("const m = await import('upper'); [m.name, m.up, require('@scope/inner')]", ["npm:upper", "npm:@scope/inner@^2.0.0"]) == ["lower", 1, 2]
    with belljar.Sandbox("javascript", packages=["npm:lower"]) as box:
        assert box.eval("require('lower').name").value == "lower"
        assert box.eval("import { name } from 'lower'; globalThis.got = name", module=True).ok
        assert box.eval("[got, os.remove('/lib/node_modules/lower/index.js') < 0]").value == ["lower", True]
        twin = box.fork()
        assert twin.eval("require('lower').name").value == "lower"
    with belljar.Pool("javascript", warm=1, packages=["npm:lower"]) as pool:
        assert pool.run("require('lower').name").value == "lower"
    assert [r.value for r in belljar.map(["require('lower').name"] * 3, lang="javascript", packages=["npm:lower"])] == ["lower"] * 3


def test_a_snapshot_holds_what_was_required(fake, tmp_path):
    fake.add("lower")
    with belljar.Sandbox("javascript", packages=["npm:lower"]) as box:
        box.eval("const it = require('lower')")
        box.snapshot().save(tmp_path / "s.bj")
    with belljar.Snapshot.load(tmp_path / "s.bj", lang="javascript", packages=["npm:lower"]).spawn() as box:
        assert box.eval("[it, require('lower')]").value == ["lower 1.0.0"] * 2
    with pytest.raises(belljar.ArgumentError, match="/lib/node_modules"):
        belljar.Snapshot.load(tmp_path / "s.bj", lang="javascript").spawn()


def test_packages_of_the_other_language_are_refused(fake):
    with pytest.raises(PackageError, match="written npm:NAME"):
        belljar.Sandbox("javascript", packages=["lodash"])
    with pytest.raises(PackageError, match="for JavaScript"):
        belljar.Sandbox("python", packages=["npm:lodash"])


def test_which_version_is_taken(fake):
    for version in ("1.0.0", "1.5.0", "2.0.0-rc.1", "2.1.0", "2.0.0"):
        fake.add("a", version)
    fake.packages["a"]["versions"]["2.1.0"]["deprecated"] = "no"
    fake.packages["a"]["dist-tags"] = {"latest": "2.0.0", "old": "1.0.0", "next": "2.0.0-rc.1"}
    for spec, version in {"": "2.0.0", "@^1": "1.5.0", "@old": "1.0.0", "@next": "2.0.0-rc.1", "@2.1.0": "2.1.0", "@>2.0.0": "2.1.0", "@*": "2.0.0", "@<2": "1.5.0"}.items():
        assert value("require('a')", [f"npm:a{spec}"]) == f"a {version}", spec
    with pytest.raises(PackageError, match="there is no a@9; its latest is 2.0.0"):
        resolve_npm(["a@9"])
    with pytest.raises(PackageError, match="there is no a@beta"):
        resolve_npm(["a@beta"])
    with pytest.raises(PackageError, match="no package nowhere"):
        resolve_npm(["nowhere"])


def test_two_versions_of_one_package_lie_apart(fake):
    which = {"index.js": "exports.version = require('./package.json').version; exports.dep = () => require('dep').version"}
    fake.add("dep", "1.0.0", files=which)
    fake.add("dep", "2.0.0", files=which)
    fake.add("one", dependencies={"dep": "^1"}, files=which)
    fake.add("two", dependencies={"dep": "^2", "one": "*"}, files=which)
    fake.add("three", dependencies={"renamed": "npm:dep@1"}, files={"index.js": "exports.version = require('renamed').version"})
    source = "[require('dep').version, require('one').dep(), require('two').dep(), require('three').version]"
    assert value(source, ["npm:dep@2", "npm:one", "npm:two", "npm:three"]) == ["2.0.0", "1.0.0", "2.0.0", "1.0.0"]


def test_nothing_is_placed_where_it_hides_another_version(fake):
    # a finds dep 1 at the top; b below a wants dep 2, which must not lie in a's folder.
    tell = {"index.js": "exports.dep = require('dep'); exports.inner = (() => { try { return require('b').dep } catch {} })()"}
    fake.add("dep", "1.0.0")
    fake.add("dep", "2.0.0")
    fake.add("b", "1.0.0", files=tell, dependencies={"dep": "1"})
    fake.add("b", "2.0.0", files=tell, dependencies={"dep": "2"})
    fake.add("a", files=tell, dependencies={"dep": "1", "b": "2"})
    got = value("[require('a').dep, require('a').inner, require('b').dep, require('dep')]", ["npm:a", "npm:b@1", "npm:dep@1"])
    assert got == ["dep 1.0.0", "dep 2.0.0", "dep 1.0.0", "dep 1.0.0"]


def test_peers_optional_and_bundled_dependencies(fake):
    fake.add("peer", "3.2.0")
    fake.add("plugin", peerDependencies={"peer": "^3", "maybe": "*"}, peerDependenciesMeta={"maybe": {"optional": True}}, files={"index.js": "module.exports = require('peer')"})
    assert value("require('plugin')", ["npm:plugin"]) == "peer 3.2.0"
    fake.add("peer", "4.0.0")
    with pytest.raises(PackageError, match=r"plugin@1.0.0 wants peer@\^3 beside it, and there is 4.0.0"):
        resolve_npm(["plugin", "peer@4"])
    fake.add("watcher", os=["darwin"])
    fake.add("builds", files={"binding.gyp": "{}"})
    fake.add("over", optionalDependencies={"watcher": "*", "absent": "1", "builds": "*"}, files={"index.js": "module.exports = ['watcher', 'builds'].map((n) => { try { return require(n) } catch (e) { return e.code } })"})
    assert value("require('over')", ["npm:over"]) == ["MODULE_NOT_FOUND"] * 2
    fake.add("bundles", bundleDependencies=["own"], dependencies={"own": "1"}, files={"index.js": "module.exports = require('own')", "node_modules/own/index.js": "module.exports = 'bundled'"})
    assert value("require('bundles')", ["npm:bundles"]) == "bundled"


def test_cycles_end(fake):
    fake.add("a", dependencies={"b": "1"}, files={"index.js": "exports.b = require('b')"})
    fake.add("b", dependencies={"a": "1"}, files={"index.js": "exports.a = require('a')"})
    assert value("Object.keys(require('a'))", ["npm:a"]) == ["b"]
    fake.add("c", "1.0.0", dependencies={"d": "1"})  # each finds the version that it does not want above it, for ever
    fake.add("d", "1.0.0", dependencies={"c": "2"})
    fake.add("c", "2.0.0", dependencies={"d": "2"})
    fake.add("d", "2.0.0", dependencies={"c": "1"})
    with pytest.raises(PackageError, match="deeper than|more than"):
        resolve_npm(["c@1"])


def test_a_file_is_a_package_too(fake, tmp_path):
    fake.add("lower")
    file = tmp_path / "mine.tgz"
    file.write_bytes(packed({"package/package.json": json.dumps({"name": "mine", "version": "0.1.0", "dependencies": {"lower": "1"}}), "package/index.js": "module.exports = ['mine', require('lower')]"}))
    assert value("require('mine')", [f"npm:{file}"]) == ["mine", "lower 1.0.0"]


# ---------------------------------------------------------------------- the store


def test_the_same_list_needs_no_registry_again(fake):
    fake.add("upper", dependencies={"lower": "*"})
    fake.add("lower")
    first = resolve_npm(["upper"])
    fake.asked.clear()
    assert resolve_npm([" upper "]) == first and not fake.asked
    assert stat.S_IMODE(os.stat(first["/lib/node_modules"]).st_mode) == 0o444
    fake.add("lower", "1.1.0")
    again = resolve_npm(["upper"], refresh=True)
    assert again != first and [path for path in fake.asked if path.endswith(".tgz")] == ["/lower/-/1.1.0.tgz"]


def test_offline_takes_what_the_store_has(fake, monkeypatch):
    fake.add("lower")
    fake.add("upper", dependencies={"lower": "^1"})
    resolve_npm(["upper"])
    fake.asked.clear()
    assert resolve_npm(["lower"], offline=True)
    with pytest.raises(PackageError, match="the store has no package other, and no registry is asked"):
        resolve_npm(["other"], offline=True)
    monkeypatch.setenv("npm_config_offline", "true")
    with pytest.raises(PackageError, match="no registry is asked"):
        resolve_npm(["other"])
    assert not fake.asked


def test_what_was_changed_in_the_store_is_noticed(fake):
    fake.add("lower")
    (archive,) = resolve_npm(["lower"]).values()
    os.chmod(archive, 0o644)
    with open(archive, "ab") as file:
        file.write(b"more")
    with pytest.raises(PackageError, match="somebody changed it"):
        resolve_npm(["lower"])
    os.remove(archive)
    (kept,) = pathlib.Path(os.environ["BELLJAR_STORE"], "npm", "tarballs").iterdir()
    os.chmod(kept, 0o644)
    kept.write_bytes(packed({"package/package.json": "{}"}))
    assert value("require('lower')", ["npm:lower"]) == "lower 1.0.0"  # fetched again


def test_two_archives_of_the_same_packages_are_the_same(fake, monkeypatch, tmp_path):
    fake.add("lower")
    (first,) = resolve_npm(["lower"]).values()
    (second,) = resolve_npm(["lower"], store=tmp_path / "other").values()
    assert pathlib.Path(first).read_bytes() == pathlib.Path(second).read_bytes()


# ---------------------------------------------------------------------- the registry's and packages' tricks


def refused(fake, match, wanted=("evil",)):
    with pytest.raises(PackageError, match=match) as caught:
        resolve_npm(wanted)
    assert not list(pathlib.Path(os.environ["BELLJAR_STORE"], "npm", "trees").glob("*"))
    return str(caught.value)


def test_nothing_of_a_package_runs_on_the_host(fake, tmp_path):
    mark = tmp_path / "mark"
    scripts = {name: f"touch {mark}" for name in ("preinstall", "install", "postinstall", "prepare")}
    fake.add("evil", scripts=scripts, files={"index.js": f"try {{ std.writeFile({str(mark)!r}, 'x') }} catch {{}} module.exports = 1"})
    assert value("require('evil')", ["npm:evil"]) == 1
    assert not mark.exists()


def test_a_tarball_with_another_hash_is_not_kept(fake):
    fake.add("evil")
    fake.answers["/evil/-/1.0.0.tgz"] = (200, {}, packed({"package/package.json": '{"name": "evil", "version": "1.0.0"}'}))
    refused(fake, "another SHA-512")
    assert not list(pathlib.Path(os.environ["BELLJAR_STORE"], "npm", "tarballs").iterdir())


@pytest.mark.parametrize("integrity", [None, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha512-AAAA", "sha512-%%%", 7, ""])
def test_without_a_sha512_nothing_is_taken(fake, integrity):
    fake.add("evil")["dist"]["integrity"] = integrity
    refused(fake, "no SHA-512 of evil@1.0.0")


@pytest.mark.parametrize("facts, files", [({}, {"build/x.node": "x"}), ({"gypfile": True}, {}), ({}, {"binding.gyp": "{}"}), ({"cpu": ["x64"]}, {}), ({"os": ["linux"]}, {})])
def test_native_code_is_refused_by_its_name(fake, facts, files):
    fake.add("evil", **facts, files={"index.js": "1", **files})
    refused(fake, "evil@1.0.0 needs native code")
    fake.add("over", dependencies={"evil": "1"})
    refused(fake, "evil@1.0.0 needs native code", ["over"])


@pytest.mark.parametrize("name", ["package/../../etc/x", "/etc/x", "package\\..\\x", "package/a/../../b", "package/" + "x" * 300])
def test_names_that_lead_out_are_refused(fake, name):
    fake.add("evil", data=packed({"package/package.json": '{"name": "evil", "version": "1.0.0"}', name: "x"}))
    refused(fake, "leads out|too long")


def test_links_and_devices_are_left_out(fake):
    def change(entry):
        kind = {"package/l": tarfile.SYMTYPE, "package/h": tarfile.LNKTYPE, "package/d": tarfile.CHRTYPE, "package/f": tarfile.FIFOTYPE}.get(entry.name)
        if kind:
            entry.type, entry.linkname, entry.size = kind, "/etc/passwd", 0

    files = {"package/package.json": '{"name": "evil", "version": "1.0.0"}', "package/index.js": "module.exports = os.readdir(__dirname)[0].sort()"}
    fake.add("evil", data=packed({**files, **dict.fromkeys(["package/l", "package/h", "package/d", "package/f"], "")}, change))
    assert value("require('evil').filter((n) => !n.startsWith('.'))", ["npm:evil"]) == ["index.js", "package.json"]


def test_a_file_that_is_a_folder_too_is_refused(fake):
    fake.add("evil", data=packed({"package/package.json": '{"name": "evil", "version": "1.0.0"}', "package/a": "x", "package/a/b": "x"}))
    refused(fake, "a file and a folder of one name")


def test_bombs_are_refused(fake, monkeypatch):
    monkeypatch.setattr(tarball, "MOST_UNPACKED", 1 << 20)
    fake.add("evil", files={"index.js": b"\0" * (2 << 20)})
    refused(fake, "unpacks to more than 1 MiB")
    monkeypatch.setattr(tarball, "MOST_ENTRIES", 5)
    fake.add("evil", files={f"{i}.js": "" for i in range(9)})
    refused(fake, "more than 5 entries")


def header(size, name=b"package/index.js", kind=b"0"):
    block = bytearray(512)
    block[: len(name)] = name
    block[124:136] = size
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no gzip", gzip.compress(b"x" * 2000), gzip.compress(b"x" * 512)[:-9], gzip.compress(header(b"00000001000\0")),
        gzip.compress(header(b"\xff" * 12)), gzip.compress(header(b"\x80" + b"\xff" * 11)), gzip.compress(header(b"999999999999")),
        gzip.compress(header(b"77777777777\0", kind=b"x")), gzip.compress(header(b"00000000010\0", kind=b"x") + b"8888888 path=x".ljust(512, b"\0") + header(b"0" * 12)),
        gzip.compress(header(b"00000000000\0")), gzip.compress(b"\0" * 1024),
    ],
)  # fmt: skip
def test_what_is_no_tarball_is_refused(fake, data):
    fake.add("evil", data=data)
    refused(fake, "evil@1.0.0")


@pytest.mark.parametrize("text", ["{}", "[]", '{"name": "other", "version": "1.0.0"}', '{"name": "evil", "version": "6.6.6"}', "{" * 10000, '{"name": ' + "[" * 100000])
def test_package_json_must_be_that_of_the_package(fake, text):
    fake.add("evil", data=packed({"package/package.json": text}))
    refused(fake, "package.json of")


@pytest.mark.parametrize("told", [b"", b"{", b"[]", b"null", b'{"versions": []}', b'{"versions": {}, "dist-tags": []}', b"[" * 200000, b'{"versions": {"1.0.0": 3}, "dist-tags": {"latest": "1.0.0"}}',
                                  b'{"versions": {"1.0.0": {"dist": []}}, "dist-tags": {"latest": "1.0.0"}}', b'{"versions": {"1.0.0": {}}, "dist-tags": {"latest": {}}}'])  # fmt: skip
def test_descriptions_of_any_form_are_survived(fake, told):
    fake.answers["/evil"] = (200, {}, told)
    refused(fake, "evil")


def test_descriptions_are_bounded(fake, monkeypatch):
    monkeypatch.setattr(npm_registry, "MOST_DESCRIPTION", 1 << 20)
    fake.answers["/evil"] = (200, {}, b" " * (1 << 21))
    refused(fake, "larger than 1 MiB")
    fake.answers["/evil"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (1 << 24)))
    refused(fake, "larger than 1 MiB")


@pytest.mark.parametrize("name", ["../x", "..", ".hidden", "_x", "a/b/c", "@/x", "@s/..", "node_modules", "x y", "http://x/y", "x" * 300, "", "%2e%2e", "a\nb"])
def test_names_that_no_package_has_are_refused(fake, name):
    refused(fake, "is no package of npm's", [name])
    assert not fake.asked


def test_dependencies_of_any_form_are_survived(fake):
    fake.add("evil", dependencies={"../../x": "1", "ok": 5, "": "1", "lower": "*"}, optionalDependencies=["x"], peerDependencies="x", bundleDependencies={"x": 1}, os="x", cpu={})
    fake.add("lower")
    assert value("require('evil')", ["npm:evil"]) == "evil 1.0.0"
    for spec in ("git+ssh://somewhere/x", "file:../../etc", "http://127.0.0.1:1/x.tgz", "workspace:*", "npm:../x@1"):
        fake.add("bad", dependencies={"x": spec})
        with pytest.raises(PackageError, match=r"x@.* that bad@1.0.0 depends on is no"):
            resolve_npm(["bad"], refresh=True)


def test_only_the_registry_itself_is_asked(fake, tmp_path):
    other = Fake()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    told = fake.add("evil")["dist"]
    told["tarball"] = f"{other.address}evil/-/1.0.0.tgz"  # taken from the registry, under that path
    assert value("require('evil')", ["npm:evil"]) == "evil 1.0.0" and not other.asked
    for place in (f"file://{secret}", "ftp://127.0.0.1/x", "data:,x", f"{other.address}x"):
        fake.add("more", "1.0.0")
        fake.answers["/more/-/1.0.0.tgz"] = (302, {"Location": place}, b"")
        with pytest.raises(PackageError, match="which is not followed|is not allowed"):
            resolve_npm(["more"], refresh=True)
    fake.answers["/loop"] = (302, {"Location": "/loop"}, b"")
    with pytest.raises(PackageError, match="loop"):
        resolve_npm(["loop"])
    assert not other.asked
    other.server.shutdown()
    other.server.server_close()


def test_a_secret_is_told_to_its_own_registry_alone(fake, tmp_path, monkeypatch):
    place = fake.address.removeprefix("http:")
    (tmp_path / "npmrc").write_text(f"; a comment\n{place}:_authToken=${{MY_SECRET}}\n//elsewhere/:_authToken=other\n@scope:registry={fake.address}scoped/\n")
    monkeypatch.setenv("MY_SECRET", "s3cret")
    fake.add("lower")
    fake.answers["/scoped/@scope%2Fx"] = (404, {}, b"")
    resolve_npm(["lower"])
    assert {told.get("Authorization") for told in fake.told} == {"Bearer s3cret"}
    with pytest.raises(PackageError, match="no package @scope/x"):
        resolve_npm(["@scope/x"])
    assert fake.asked[-1] == "/scoped/@scope%2Fx"


def test_without_a_registry_it_says_what_to_do(fake, monkeypatch, tmp_path):
    monkeypatch.delenv("npm_config_registry")
    monkeypatch.setenv("PATH", str(tmp_path))
    npm_settings._asked_for.cache_clear()
    with pytest.raises(PackageError, match="no registry is known: write registry=ADDRESS into ~/.npmrc"):
        resolve_npm(["lower"])
    npm_settings._asked_for.cache_clear()
    (tmp_path / "npmrc").write_text("registry=file:///etc/\n")
    with pytest.raises(PackageError, match="no https address"):
        resolve_npm(["lower"])


def test_a_project_s_npmrc_counts_for_nothing(fake, monkeypatch, tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".npmrc").write_text("registry=http://127.0.0.1:1/\n")
    monkeypatch.chdir(tmp_path / "project")
    fake.add("lower")
    assert value("require('lower')", ["npm:lower"]) == "lower 1.0.0"


def test_errors_of_a_registry_are_told(fake):
    fake.answers["/evil"] = (500, {}, b"")
    assert "500" in refused(fake, "the registry answers 500")
    assert fake.asked == ["/evil"] * 6  # once ahead, once in need, three times each
    fake.answers["/evil"] = (401, {}, b"")
    refused(fake, "the registry answers 401")


def test_the_program_runs_by_itself(fake):
    fake.add("lower")
    program = packages.__file__
    done = subprocess.run([sys.executable, "-I", program, "resolve", "--json", "npm:lower"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (archive,) = json.loads(done.stdout)["archives"]
    assert archive["path"] == "/lib/node_modules" and os.path.exists(archive["file"])
    fake.add("evil\x1b[2J"[:4], files={"x\x1b[2J.node": ""})
    done = subprocess.run([sys.executable, "-I", program, "resolve", "npm:evil"], capture_output=True, text=True)
    assert done.returncode == 1 and "\x1b" not in done.stderr and "\\x1b[2J.node" in done.stderr

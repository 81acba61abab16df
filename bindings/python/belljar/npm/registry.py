"""Talking to a registry, which may be anybody: every answer is bounded in bytes and time, and only what its hash says is kept."""

from __future__ import annotations

import base64
import binascii
import gzip
import http.client
import io
import json
import re
import ssl
import time
import typing
import urllib.error
import urllib.parse
import urllib.request

from .errors import Missing, NpmError
from .settings import Settings

MOST_DESCRIPTION = 96 << 20
MOST_TARBALL = 128 << 20
_SECONDS_SILENT = 60
_SECONDS_ANSWER = 300
_ATTEMPTS = 3

_NAME = re.compile(r"(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*", re.IGNORECASE)


def is_name(text: object) -> bool:
    """Whether it may be a package's name, which is also a folder's."""
    return (
        isinstance(text, str) and len(text) <= 214 and _NAME.fullmatch(text) is not None
        and text.rpartition("/")[2] not in ("node_modules", "favicon.ico")
    )  # fmt: skip


def sha512_of(integrity: object) -> bytes | None:
    """The digest in an integrity text ("sha512-…"); None where there is none of that kind."""
    for word in integrity.split() if isinstance(integrity, str) else ():
        kind, _, text = word.partition("-")
        if kind == "sha512":
            try:
                digest = base64.b64decode(text.partition("?")[0], validate=True)
            except (binascii.Error, ValueError):
                continue
            if len(digest) == 64:
                return digest
    return None


def _origin(address: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(address)
    return parts.scheme, parts.netloc


class _Redirects(urllib.request.HTTPRedirectHandler):
    """To https anywhere, and within one server; what was told to the first one stays there."""

    max_redirections = 5

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if urllib.parse.urlsplit(newurl).scheme != "https" and _origin(newurl) != _origin(req.full_url):
            raise NpmError(f"the registry leads from {req.full_url} to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Registry:
    """The registries of the user's settings."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._described: dict[str, dict[str, typing.Any]] = {}
        self._opener = _opener(settings)

    def describe(self, name: str) -> dict[str, typing.Any]:
        """What the registry says of a package: {"versions", "dist-tags"}. Missing: it has none of that name."""
        if name not in self._described:
            address = self._settings.registry(name) + urllib.parse.quote(name, safe="@")
            accept = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
            try:
                data = self._get(address, MOST_DESCRIPTION, accept)
            except Missing:
                raise Missing(f"the registry has no package {name}: look at its name") from None
            self._described[name] = _checked_description(name, data)
        return self._described[name]

    def describe_one(self, name: str, version: str) -> dict[str, typing.Any] | None:
        """What the registry says of one version, which is much less to read; None where it does not tell of one alone."""
        if name in self._described:
            return None
        address = f"{self._settings.registry(name)}{urllib.parse.quote(name, safe='@')}/{urllib.parse.quote(version)}"
        try:
            told = json.loads(self._get(address, MOST_DESCRIPTION, "application/json"))
        except (NpmError, ValueError, RecursionError):
            return None
        facts = kept(told)
        return facts if facts.get("name") == name and facts.get("version") == version else None

    def tarball(self, name: str, address: object) -> bytes:
        """The bytes that a description names. They are taken from the registry itself, whatever server the address has."""
        registry = self._settings.registry(name)
        if not isinstance(address, str):
            raise NpmError(f"the registry does not say where {name} lies")
        try:
            parts = urllib.parse.urlsplit(address)
        except ValueError:
            raise NpmError(f"the registry gives no address for {name}") from None
        if (parts.scheme, parts.netloc) != _origin(registry):
            parts = parts._replace(scheme=_origin(registry)[0], netloc=_origin(registry)[1])
        return self._get(urllib.parse.urlunsplit(parts), MOST_TARBALL, "*/*")

    def _get(self, address: str, most: int, accept: str) -> bytes:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._get_once(address, most, accept)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code in (404, 405, 410):
                    raise Missing(address) from None
                if error.code < 500 and error.code not in (408, 429) or attempt == _ATTEMPTS:
                    raise NpmError(f"{address}: the registry answers {error.code} {error.reason}") from None
            except (OSError, http.client.HTTPException, EOFError, UnicodeError, ValueError) as error:
                if isinstance(error, NpmError):
                    raise
                if attempt == _ATTEMPTS:
                    raise NpmError(f"{address} cannot be had: {getattr(error, 'reason', None) or error}") from None
            time.sleep(attempt)
        raise AssertionError

    def _get_once(self, address: str, most: int, accept: str) -> bytes:
        request = urllib.request.Request(address, headers={"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "belljar"})
        secret = self._settings.authorization(address)
        if secret:
            request.add_unredirected_header("Authorization", secret)
        end = time.monotonic() + _SECONDS_ANSWER
        with self._opener.open(request, timeout=_SECONDS_SILENT) as answer:
            data = _read(answer, most, end, address)
            if answer.headers.get("Content-Encoding", "").lower() != "gzip":
                return data
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            return _read(packed, most, end, address)


def _read(source: typing.Any, most: int, end: float, address: str) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := source.read(1 << 16):
        size += len(piece)
        if size > most:
            raise NpmError(f"{address} is larger than {most >> 20} MiB")
        if time.monotonic() > end:
            raise NpmError(f"{address} took longer than {_SECONDS_ANSWER} s")
        pieces.append(piece)
    return b"".join(pieces)


def _opener(settings: Settings) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context()
    authorities = settings.get("cafile")
    try:
        if authorities:
            context.load_verify_locations(authorities)
    except (OSError, ssl.SSLError) as error:
        raise NpmError(f"cafile of npm's configuration cannot be read: {error}") from None
    if settings.get("strict-ssl") == "false":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    proxies = urllib.request.getproxies()
    for scheme, name in (("https", "https-proxy"), ("http", "proxy")):
        if settings.get(name) not in (None, "null", "false"):
            proxies[scheme] = typing.cast(str, settings.get(name))
    opener = urllib.request.OpenerDirector()
    # No files, no data, no FTP: an address is the registry's word.
    for handler in (
        urllib.request.ProxyHandler({name: at for name, at in proxies.items() if name in ("http", "https")}),
        urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(context=context), _Redirects(),
        urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler(), urllib.request.UnknownHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


# What is kept of a version: the rest is for people, and large.
_KEPT = (
    "name", "version", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta", "bundleDependencies",
    "bundledDependencies", "dist", "os", "cpu", "libc", "deprecated", "gypfile",
)  # fmt: skip


def kept(version: typing.Any) -> dict[str, typing.Any]:
    """What counts of a package.json."""
    return {name: version[name] for name in _KEPT if name in version} if isinstance(version, dict) else {}


def _checked_description(name: str, data: bytes) -> dict[str, typing.Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise NpmError(f"what the registry says of {name} is no JSON") from None
    versions = told.get("versions") if isinstance(told, dict) else None
    tags = told.get("dist-tags") if isinstance(told, dict) else None
    if not isinstance(versions, dict) or not isinstance(tags, dict):
        raise NpmError(f"what the registry says of {name} is not of npm's form")
    return {
        "versions": {version: kept(facts) for version, facts in versions.items()},
        "dist-tags": {tag: version for tag, version in tags.items() if isinstance(version, str)},
    }

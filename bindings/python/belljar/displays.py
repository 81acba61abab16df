"""What a guest showed: MIME bundles, as notebooks have them."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import struct
import typing
from collections.abc import Iterator, Mapping

Form = typing.Union[str, bytes]

# Pictures that a program which looks at them runs nothing of, in order of preference.
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")

# What a page of a guest's may do in a notebook: nothing but be seen. No script runs, nothing is loaded from anywhere.
_CALM = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"


def size_of_png(data: bytes) -> tuple[int, int] | None:
    """Width and height, where it says so."""
    if len(data) < 24 or data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def outline(mime: str, data: Form) -> str:
    """A form in a few words: "[image/png, 640×480, 12 KB]"."""
    raw = data.encode() if isinstance(data, str) else data
    size = size_of_png(raw)
    parts = [mime, *([f"{size[0]}×{size[1]}"] if size else []), f"{-(-len(raw) // 1000)} KB" if len(raw) >= 1000 else f"{len(raw)} bytes"]
    return f"[{', '.join(parts)}]"


@dataclasses.dataclass(frozen=True)
class Display:
    """Something that the guest showed, in one or more forms: ``data`` is a dict of them by MIME type, str where the type is one of text,
    else bytes. They are a guest's word: HTML may hold scripts, and a PNG may be none.

    >>> import belljar
    >>> shown = belljar.run("display({'text/html': '<b>2</b>', 'text/plain': '2'}, raw=True)").displays[0]
    >>> shown.data
    {'text/html': '<b>2</b>', 'text/plain': '2'}
    """

    data: Mapping[str, Form]
    metadata: Mapping[str, typing.Any] = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str | None:
        """The form ``text/plain``."""
        return typing.cast("str | None", self.data.get("text/plain"))

    @property
    def picture(self) -> tuple[str, bytes] | None:
        """A picture as (MIME type, bytes): PNG, JPEG, WebP or GIF; None where there is no such form."""
        for mime in PICTURES:
            if mime in self.data:
                return mime, typing.cast(bytes, self.data[mime])
        return None

    def bundle(self) -> dict[str, typing.Any]:
        """All forms as Jupyter's messages and files have them: binary ones in base64, JSON as what it holds. For who trusts the
        guest: a notebook runs scripts of HTML."""
        return {mime: _in_bundle(mime, form) for mime, form in self.data.items()}

    def __repr__(self) -> str:
        return f"<Display {' '.join(outline(mime, form) for mime, form in self.data.items())}>"

    def _repr_mimebundle_(self, include: typing.Any = None, exclude: typing.Any = None) -> tuple[dict[str, typing.Any], dict[str, typing.Any]]:
        """For notebooks: pictures and text as they are, HTML and SVG where nothing of them can run or be loaded."""
        told: dict[str, typing.Any] = {"text/plain": self.text if self.text is not None else repr(self)}
        sizes: dict[str, typing.Any] = {}
        if self.picture:
            mime, data = self.picture
            told[mime] = base64.b64encode(data).decode()
            sizes = {mime: size} if (size := _size_told(self.metadata.get(mime))) else {}
        if "text/html" in self.data or "image/svg+xml" in self.data:
            told["text/html"] = self.calm_html()
        return told, sizes

    def calm_html(self) -> str:
        """The richest form as HTML that is fit for a page of one's own, whatever the guest put into it."""
        if "text/html" in self.data:
            page = html.escape(_CALM + typing.cast(str, self.data["text/html"]), quote=True)
            return f'<iframe sandbox srcdoc="{page}" style="width: 100%; min-height: 20em; border: 0"></iframe>'
        if self.picture:
            mime, data = self.picture
            return _img(mime, data)
        if "image/svg+xml" in self.data:
            return _img("image/svg+xml", typing.cast(str, self.data["image/svg+xml"]).encode())
        return f"<pre>{html.escape(self.text if self.text is not None else repr(self))}</pre>"


def _img(mime: str, data: bytes) -> str:
    return f'<img src="data:{mime};base64,{base64.b64encode(data).decode()}">'


def _size_told(told: typing.Any) -> dict[str, int]:
    """Width and height that a picture's metadata asks for."""
    if not isinstance(told, Mapping):
        return {}
    return {name: told[name] for name in ("width", "height") if type(told.get(name)) is int and 0 < told[name] < 10_000}


def _in_bundle(mime: str, form: Form) -> typing.Any:
    if isinstance(form, bytes):
        return base64.b64encode(form).decode()
    if mime == "application/json" or mime.endswith("+json"):
        try:
            return json.loads(form)
        except (ValueError, RecursionError):
            pass  # a guest's word
    return form


def displays_of(raw: list[tuple[list[tuple[str, Form]], str]]) -> Iterator[Display]:
    for forms, metadata in raw:
        yield Display(dict(forms), json.loads(metadata))

"""What a guest showed: MIME bundles, as notebooks have them."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import struct
import typing
import zlib
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


def _is_whole_png(data: bytes) -> bool:
    """Chunks up to the last, with the right sums: what is sent to a model and is cut off would end the agent's run."""
    at = 8
    while at + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + size
        if end > len(data) or struct.unpack(">I", data[end - 4 : end])[0] != zlib.crc32(data[at + 4 : end - 4]):
            return False
        if kind == b"IEND":
            return True
        at = end
    return False


def is_fit(mime: str, data: bytes, most_bytes: int, most_side: int) -> bool:
    """Whether a guest's picture is one as far as can be seen without decoding it, and no larger than that."""
    if len(data) > most_bytes:
        return False
    if mime == "image/png":
        size = size_of_png(data)
        return size is not None and 0 < min(size) and max(size) <= most_side and _is_whole_png(data)
    if mime == "image/jpeg":
        return data[:3] == b"\xff\xd8\xff" and data.rstrip(b"\0")[-2:] == b"\xff\xd9"
    if mime == "image/gif":
        return data[:4] == b"GIF8" and data[-1:] == b";"
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 == len(data)


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

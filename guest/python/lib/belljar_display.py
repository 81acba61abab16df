"""What programs show: pictures, tables and other rich results, as notebooks have them.

    display(value)                                    # in every program, as in a notebook
    from belljar_display import display, Image, HTML, SVG, Markdown, JSON
    from IPython.display import display, Image, HTML  # the same, unless IPython is installed

A value says how it looks by _repr_mimebundle_, _repr_html_, _repr_png_ and their kin. The last expression's value is shown where
it says so, and figures of matplotlib.pyplot that are open at the end of an eval are shown and closed. The host gets each as a
MIME bundle: forms of one thing, by MIME type.
"""

import base64
import binascii
import io
import json
import sys
from importlib.machinery import ModuleSpec

import _belljar_host

__all__ = ["display", "update_display", "clear_output", "publish_display_data", "DisplayHandle", "DisplayObject", "TextDisplayObject",
           "Image", "HTML", "SVG", "Markdown", "Latex", "Math", "JSON", "Javascript", "Pretty", "Code"]

_TEXT_MOST = 65536  # characters of a repr(), as in receipts

_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "application/pdf": "_repr_pdf_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}
_TEXTS = {"application/xml", "application/javascript", "application/ecmascript", "application/x-latex"}


# ---- From forms to bytes. ----


def _is_json(mime):
    return mime == "application/json" or mime.endswith("+json")


def _is_text(mime):
    """As the host tells them apart (src/sandbox/calls/displays.c)."""
    return mime.startswith("text/") or mime.endswith("+xml") or mime in _TEXTS or _is_json(mime)


def _text(value):
    return value.encode("utf-8", "backslashreplace")


def _bytes(mime, value):
    """A form as bytes: JSON of any value, text of text, what is binary of bytes or base64."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if _is_json(mime):
        return _text(json.dumps(value, ensure_ascii=False))
    if isinstance(value, (list, tuple)) and all(isinstance(line, str) for line in value):
        value = "".join(value)  # lines, as notebooks keep them
    if not isinstance(value, str):
        raise TypeError(f"{mime} is {type(value).__name__}; it should be {'str' if _is_text(mime) else 'bytes'}")
    if _is_text(mime):
        return _text(value)
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{mime} is a str that is no base64: {error}") from None


def publish_display_data(data, metadata=None, *, transient=None, **kwargs):
    """Shows one thing in the forms of `data`: {MIME type: str, bytes or, of JSON, any value}."""
    parts = []
    for mime, value in data.items():
        if not isinstance(mime, str):
            raise TypeError(f"a MIME type is {type(mime).__name__}; it should be str")
        mime = mime.lower()
        parts.append((_text(mime), _bytes(mime, value)))
    told = _text(json.dumps(metadata, ensure_ascii=False)) if metadata else b""
    if _belljar_host.display(tuple(parts), told) < 0:
        raise ValueError("this is no MIME bundle: it has no form or more than 64, a key that is no MIME type (image/png), or more than 64 KiB of metadata")


# ---- From values to forms. ----


def _complain(what, error):
    """A value that cannot say how it looks is no reason to end a program."""
    try:
        sys.stderr.write(f"display: {what} raised {type(error).__name__}: {error}\n")
    except Exception:
        pass


def _method(value, name):
    """The method, unless the value is a class or one that has an attribute of every name."""
    if isinstance(value, type):
        return None
    try:
        if getattr(value, "_ipython_canary_method_should_not_exist_", None) is not None:
            return None
        method = getattr(value, name, None)
    except Exception:
        return None
    return method if callable(method) else None


def _ask(value, name, *args, **kwargs):
    """(what the method returned, its metadata), or (None, {})."""
    method = _method(value, name)
    if method is None:
        return None, {}
    try:
        told = method(*args, **kwargs)
    except NotImplementedError:
        return None, {}
    except Exception as error:
        _complain(f"{type(value).__name__}.{name}()", error)
        return None, {}
    if isinstance(told, tuple) and len(told) == 2:
        return told[0], told[1] if isinstance(told[1], dict) else {}
    return told, {}


def _figure(value):
    """A figure of matplotlib's as PNG, or None."""
    figures = sys.modules.get("matplotlib.figure")
    if figures is None or not isinstance(value, getattr(figures, "Figure", ())):
        return None
    file = io.BytesIO()
    value.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


def _plain(value):
    try:
        text = repr(value)
    except Exception as error:
        text = f"<{type(value).__name__} object: its repr() raised {type(error).__name__}>"
    return text if len(text) <= _TEXT_MOST else text[:_TEXT_MOST] + "…"


def _put(data, metadata, mime, form, told):
    """Takes a form where it is one."""
    try:
        if mime == "application/json" and isinstance(form, str):
            form = json.loads(form)  # as IPython reads what _repr_json_ returns
        data[mime] = _bytes(mime, form)
    except Exception as error:
        _complain(f"the form {mime}", error)
        return
    if told:
        metadata[mime] = told


def _forms(value, include=None, exclude=None):
    """The forms that a value says it has, but for text/plain, and their metadata."""
    data, metadata = {}, {}
    told, more = _ask(value, "_repr_mimebundle_", include=include, exclude=exclude)
    if isinstance(told, dict):
        for mime, form in told.items():
            if isinstance(mime, str) and form is not None:
                _put(data, metadata, mime, form, more.get(mime))
    for mime, name in _METHODS.items():
        if mime in data:
            continue
        form, more = _ask(value, name)
        if form is not None:
            _put(data, metadata, mime, form, more)
    if "image/png" not in data:
        try:
            picture = _figure(value)
        except Exception as error:
            picture = _complain("Figure.savefig()", error)
        if picture is not None:
            data["image/png"] = picture
    for mime in list(data):
        if include and mime not in include or exclude and mime in exclude:
            del data[mime]
            metadata.pop(mime, None)
    return data, metadata


def _shows_itself(value):
    method = _method(value, "_ipython_display_")
    if method is None:
        return False
    try:
        method()
    except NotImplementedError:
        return False
    except Exception as error:
        _complain(f"{type(value).__name__}._ipython_display_()", error)
    return True


class DisplayHandle:
    """What display() returns where it is given a display_id."""

    def __init__(self, display_id=None):
        self.display_id = display_id or f"display-{id(self):x}"

    def display(self, value, **kwargs):
        display(value, display_id=self.display_id, **kwargs)

    update = display

    def __repr__(self):
        return f"<DisplayHandle display_id={self.display_id}>"


def display(*objs, include=None, exclude=None, metadata=None, transient=None, display_id=None, raw=False, clear=False, **kwargs):
    """Shows each of the values, or with `raw` dicts of {MIME type: form}."""
    for value in objs:
        if raw:
            publish_display_data(value, metadata)
            continue
        if _shows_itself(value):
            continue
        data, told = _forms(value, include, exclude)
        plain = {"text/plain": _plain(value)}
        publish_display_data(data if "text/plain" in data else {**plain, **data}, {**told, **(metadata or {})})
    if display_id is not None:
        return DisplayHandle(None if display_id is True else display_id)


def update_display(value, *, display_id, **kwargs):
    """Shows it again: what was shown stays."""
    display(value, display_id=display_id, **kwargs)


def clear_output(wait=False):
    """Does nothing: what was shown stays."""


# ---- What an evaluation shows of itself. ----


def _show_value(value):
    """The last expression's value, where there is more to it than its repr()."""
    if _shows_itself(value):
        return
    data, metadata = _forms(value)
    if data:
        publish_display_data({"text/plain": _plain(value), **data}, metadata)


def _show_figures(*args, **kwargs):
    """Shows the open figures and closes them, as notebooks do."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    numbers = getattr(pyplot, "get_fignums", None)
    if numbers is None:
        return
    try:
        for number in numbers():
            figure = pyplot.figure(number)
            file = io.BytesIO()
            figure.savefig(file, format="png", bbox_inches="tight")
            publish_display_data({"text/plain": _plain(figure), "image/png": file.getvalue()})
    except Exception as error:
        _complain("matplotlib.pyplot", error)
    finally:
        pyplot.close("all")


def _is_open_figure(value):
    """Whether it is shown with the open figures anyway."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    number = getattr(value, "number", None)
    try:
        return pyplot is not None and number in pyplot.get_fignums() and pyplot.figure(number) is value
    except Exception:
        return False


def finish(value):
    """The end of an evaluation, with its last expression's value or None."""
    if value is not None and not _is_open_figure(value):
        try:
            _show_value(value)
        except Exception as error:
            _complain("the value", error)
    _show_figures()


def displayhook(value):
    """A prompt's value: printed as ever, and shown where there is more to it."""
    sys.__displayhook__(value)
    if value is None or _is_open_figure(value) or _shows_itself(value):
        return
    data, metadata = _forms(value)
    if data:
        publish_display_data(data, metadata)


# ---- What programs show by name. ----


class DisplayObject:
    """Something to show, from `data` or from the file `filename`."""

    _read = "r"

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        self.data, self.url, self.filename, self.metadata = data, url, filename, metadata or {}
        if data is None and filename is not None:
            self.reload()
        elif data is None and url is not None:
            raise ValueError("there is no network in this sandbox: give data or filename in place of url")

    def reload(self):
        with open(self.filename, self._read, **({} if "b" in self._read else {"encoding": "utf-8"})) as file:
            self.data = file.read()

    def _told(self):
        return (self.data, self.metadata) if self.metadata else self.data

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__qualname__} object>"


DisplayObject.__module__ = "IPython.core.display"


class TextDisplayObject(DisplayObject):
    """Something to show that is text."""

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if data is not None and not isinstance(data, str):
            raise TypeError(f"{type(self).__name__} expects text, not {type(data).__name__}")
        super().__init__(data, url, filename, metadata)


def _kind(name, mime, method):
    kind = type(name, (TextDisplayObject,), {method: TextDisplayObject._told, "__doc__": f"{mime} to show."})
    kind.__module__ = "IPython.core.display"
    return kind


HTML = _kind("HTML", "text/html", "_repr_html_")
HTML.__html__ = lambda self: self.data
SVG = _kind("SVG", "image/svg+xml", "_repr_svg_")
Markdown = _kind("Markdown", "text/markdown", "_repr_markdown_")
Latex = _kind("Latex", "text/latex", "_repr_latex_")
Javascript = _kind("Javascript", "application/javascript", "_repr_javascript_")


class Math(TextDisplayObject):
    """A formula in LaTeX."""

    def _repr_latex_(self):
        return f"$\\displaystyle {self.data.strip('$')}$"


class Pretty(TextDisplayObject):
    """Text as it is."""

    def __repr__(self):
        return self.data or ""


class Code(Pretty):
    """A program's text."""

    def __init__(self, data=None, url=None, filename=None, language=None):
        self.language = language
        super().__init__(data, url, filename)


class JSON(DisplayObject):
    """Lists, dicts and what they hold."""

    def __init__(self, data=None, url=None, filename=None, expanded=False, metadata=None, root="root", **kwargs):
        super().__init__(data, url, filename, {"expanded": expanded, "root": root, **(metadata or {}), **kwargs})
        if isinstance(self.data, str):
            self.data = json.loads(self.data)

    def _repr_json_(self):
        return self.data, self.metadata


_PICTURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))


def _format_of(data):
    for start, name in _PICTURES:
        if data.startswith(start):
            return name
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


class Image(DisplayObject):
    """A picture: bytes, or the name of a file."""

    _read = "rb"

    def __init__(self, data=None, url=None, filename=None, format=None, embed=None, width=None, height=None, retina=False,
                 unconfined=False, metadata=None, alt=None):
        if isinstance(data, (str,)) or hasattr(data, "__fspath__"):
            data, filename = None, data
        told = dict(metadata or {})
        told.update({name: value for name, value in (("width", width), ("height", height), ("alt", alt)) if value is not None})
        self.width, self.height, self.alt = width, height, alt
        super().__init__(None if data is None else bytes(data), url, filename, told)
        if self.data is None:
            raise ValueError("no picture data: give bytes or the name of a file")
        self.format = {"jpg": "jpeg"}.get((format or "").lower(), (format or "").lower()) or _format_of(self.data) or "png"

    def _repr_mimebundle_(self, include=None, exclude=None):
        mime = f"image/{self.format}"
        return ({mime: self.data}, {mime: self.metadata}) if self.metadata else {mime: self.data}


for _each in (DisplayHandle, TextDisplayObject, Math, Pretty, Code, JSON, Image):
    _each.__module__ = "IPython.core.display"


# ---- Where programs look for it. ----


def _get_ipython():
    """There is no IPython shell here."""


class _Plots:
    """Has plt.show() show: wraps the loader of matplotlib.pyplot, which whoever else finds."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "matplotlib.pyplot":
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not _Plots else None
            if spec is not None:
                break
        else:
            return None
        run = getattr(spec.loader, "exec_module", None)
        if run is None:
            return spec

        def exec_module(module):
            run(module)
            module.show = _show_figures

        spec.loader.exec_module = exec_module
        return spec


class _Names:
    """Finds IPython's names for all this, where nobody else finds IPython."""

    _HERE = {"IPython", "IPython.core", "IPython.display", "IPython.core.display", "IPython.core.display_functions"}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in cls._HERE:
            return None
        above = sys.modules.get("IPython")
        if above is not None and getattr(above.__spec__, "loader", None) is not cls:
            return None
        return ModuleSpec(name, cls, origin="belljar_display", is_package=name in ("IPython", "IPython.core"))

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        if module.__name__ == "IPython":
            module.__dict__.update(get_ipython=_get_ipython, version_info=(8, 0, 0, ""), __version__="8.0.0")
        elif module.__name__ != "IPython.core":
            module.__dict__.update({name: globals()[name] for name in __all__}, __all__=list(__all__))


def install():
    """As a notebook has it."""
    import builtins

    builtins.display = display
    sys.displayhook = displayhook
    # Where it is linked in, it is imported by now.
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.show = _show_figures
    sys.meta_path.insert(0, _Plots)
    sys.meta_path.append(_Names)

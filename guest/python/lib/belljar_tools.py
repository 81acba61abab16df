"""The host's tools: functions outside of the sandbox that it may call.

    tools.search(query="sandboxes")      # in every program that has been granted some
    from belljar_tools import tools, ToolError

What a tool returns are values, not objects of the host. What it raises is a ToolError here.
"""

import json
import sys

import _belljar_host
from belljar_values import OF_TOOL, pack, unpack

__all__ = ["tools", "ToolError", "ToolRefused", "ToolTimeout"]

_RETURNED, _RAISED, _REFUSED, _TIMEOUT = range(4)


class ToolError(Exception):
    """A tool raised an error: `tool` is its name, `type` and `message` are the error's, as the host tells them."""

    def __init__(self, tool, type, message):
        super().__init__(f"{type}: {message}" if type else message)
        self.tool, self.type, self.message = tool, type, message


class ToolRefused(ToolError):
    """The tool was not called: there is none, the arguments do not fit, or a limit is reached."""


class ToolTimeout(ToolError, TimeoutError):
    """The tool took longer than it may."""


_ERRORS = {_RAISED: ToolError, _REFUSED: ToolRefused, _TIMEOUT: ToolTimeout}


def _raise(tool, status, text):
    told = json.loads(text) if text else {"type": "MemoryError", "message": "the host has no memory"}
    raise _ERRORS.get(status, ToolError)(tool, told["type"], told["message"]) from None


class Tool:
    """A function of the host."""

    def __init__(self, name, description, schema, blobs=False):
        self._blobs = blobs  # whether it takes bytes beside the text
        self.__name__ = self.__qualname__ = self.name = name
        self.__doc__ = self.description = description
        self.schema = schema

    def __call__(self, *args, **kwargs):
        if args:
            self._name(args, kwargs)
        status, text = _belljar_host.call(self.name, self._packed(kwargs))
        if status != _RETURNED:
            _raise(self.name, status, text)
        return unpack(text, OF_TOOL)

    def _packed(self, kwargs):
        """As text, beside which the host has what is long, where it takes that."""
        if self._blobs:
            blobs = []
            text = pack(kwargs, blobs)
            if not blobs or _belljar_host.give(blobs) == 0:
                return text
        return pack(kwargs)

    def _name(self, args, kwargs):
        """Arguments without a name are the schema's properties, in their order."""
        names = list((self.schema or {}).get("properties", ()))
        if len(args) > len(names):
            raise TypeError(f"{self.name}() takes {len(names)} arguments without a name, {len(args)} were given")
        for name, value in zip(names, args):
            if name in kwargs:
                raise TypeError(f"{self.name}() got two values for {name!r}")
            kwargs[name] = value

    def __repr__(self):
        return f"<tool {self.name}>"


class Tools:
    """The tools that there are, as attributes."""

    def __init__(self):
        self.__dict__["_all"] = {}

    def __getattr__(self, name):
        if name in self._all:
            return self._all[name]
        there = ", ".join(self._all) or "none"
        raise AttributeError(f"there is no tool {name!r}; there are: {there}", name=name, obj=self)

    def __setattr__(self, name, value):
        raise AttributeError("tools are granted by the host")

    def __getitem__(self, name):
        return self._all[name]

    def __iter__(self):
        return iter(self._all)

    def __len__(self):
        return len(self._all)

    def __contains__(self, name):
        return name in self._all

    def __dir__(self):
        return sorted(self._all)

    def __repr__(self):
        return f"<tools: {', '.join(self._all)}>"


tools = Tools()


def tell():
    """What tools there are has changed: programs find them from now on."""
    program = sys.modules["__main__"].__dict__
    for name, tool in tools._all.items():
        if program.get(name) is tool:
            del program[name]
    tools._all.clear()
    for each in json.loads(_belljar_host.tools()):
        tool = tools._all[each["name"]] = Tool(each["name"], each.get("description"), each.get("schema"), each.get("blobs"))
        if each["global"]:
            program[tool.name] = tool
    program["tools"] = tools

"""What of ctypes needs no native library: the sizes and values of C's simple types on this machine (wasm32).

There are no shared libraries in the sandbox. Asking for one is an OSError that says so, as for one that is not there;
what is missing here is an AttributeError or an ImportError.
"""

import struct as _struct

__all__ = ["ArgumentError", "CDLL", "PyDLL", "LibraryLoader", "cdll", "pydll", "alignment", "sizeof"]


class ArgumentError(Exception):
    pass


class _SimpleCData:
    """A value of one of C's types; integers wrap around, as they do in C."""

    def __init__(self, value=0):
        self.value = value

    def __init_subclass__(cls):
        __all__.append(cls.__name__)

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        if self._type_ in "fd":
            (self._value,) = _struct.unpack(self._type_, _struct.pack(self._type_, value))
        elif self._type_ == "?":
            self._value = bool(value)
        else:
            bits = 8 * _struct.calcsize(self._type_)
            wrapped = value.__index__() % (1 << bits)
            signed = self._type_.islower() and wrapped >> (bits - 1)
            self._value = wrapped - (1 << bits) if signed else wrapped

    def __repr__(self):
        return f"{type(self).__name__}({self._value!r})"


def _type(name, code):
    return type(name, (_SimpleCData,), {"_type_": code, "__module__": "ctypes"})


for _name, _code in {
    "c_bool": "?", "c_byte": "b", "c_ubyte": "B", "c_short": "h", "c_ushort": "H", "c_int": "i", "c_uint": "I",
    "c_long": "l", "c_ulong": "L", "c_longlong": "q", "c_ulonglong": "Q", "c_size_t": "N", "c_ssize_t": "n",
    "c_float": "f", "c_double": "d", "c_int8": "b", "c_uint8": "B", "c_int16": "h", "c_uint16": "H", "c_int32": "i",
    "c_uint32": "I", "c_int64": "q", "c_uint64": "Q",
}.items():  # fmt: skip
    globals()[_name] = _type(_name, _code)


def sizeof(thing):
    """The bytes that a type, or a value of one, takes in C."""
    return _struct.calcsize(thing._type_)


alignment = sizeof


class CDLL:
    def __init__(self, name=None, *args, **kwargs):
        raise OSError(f"{name or 'the program'}: there are no shared libraries in this sandbox")


PyDLL = CDLL


class LibraryLoader:
    def __init__(self, kind):
        self._kind = kind

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._kind(name)

    def LoadLibrary(self, name):
        return self._kind(name)


cdll, pydll = LibraryLoader(CDLL), LibraryLoader(PyDLL)

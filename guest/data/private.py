"""private.py OBJECT NAME OUT: makes a module that was linked into one relocatable object (wasm-ld -r) fit for a static link.

Elsewhere a module is a shared library, whose symbols are its own but for PyInit_x. Linked together statically, two
modules that define a function of the same name would share one of them without a word, and not all modules agree on
what such a name means (numpy.random's have each their own random_interval). So each symbol that is defined here becomes
local, and PyInit_x takes the name PyInit_NAME, where dots of the module's full name are two underscores. What begins with belljar_ is
for the shim and stays as it is; so does what the standard library's exceptions are told by (C++ without RTTI has copies of it, and a catch
compares addresses).

Only the object's custom section "linking" is rewritten: its table of symbols, and its table of groups (COMDAT), which
must not be folded with those of other modules any more. The format is that of the WebAssembly tool conventions.
"""

import sys

SYMBOL_TABLE, COMDATS = 8, 7
FUNCTION, DATA, GLOBAL, SECTION, EVENT, TABLE = range(6)
KEPT = (b"belljar_", b"_ZTISt", b"_ZTSSt")
BINDING, LOCAL, WEAK, HIDDEN, UNDEFINED, NO_STRIP, EXPLICIT_NAME, ABSOLUTE = 0x3, 0x2, 0x1, 0x4, 0x10, 0x80, 0x40, 0x200


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def bytes(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def name(self):
        return self.bytes(self.number())

    def more(self):
        return self.at < len(self.data)


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def name(text):
    return number(len(text)) + text


def own(flags):
    """The flags of a symbol that nobody else sees. Hidden and exported are words for others."""
    return flags & ~(BINDING | HIDDEN | NO_STRIP) | LOCAL


def private_symbols(data, short, full):
    """The table of symbols, rewritten; and whether the module's start is among them."""
    table, out, found = Reader(data), bytearray(), False
    count = table.number()
    out += number(count)
    for _ in range(count):
        kind, flags = table.bytes(1)[0], table.number()
        defined = not flags & UNDEFINED
        start = kept = False
        if kind == DATA:
            label = table.name()
            kept = label.startswith(KEPT)
            rest = b"".join(number(table.number()) for _ in range(3)) if defined else b""
            body = name(label) + rest
        elif kind == SECTION:
            body = number(table.number())
        else:
            index = table.number()
            body = number(index)
            if defined or flags & EXPLICIT_NAME:
                label = table.name()
                start = defined and label == short
                kept = label.startswith(KEPT)
                body += name(full if start else label)
        if start:
            found = True
        elif defined and not kept and kind != SECTION:
            flags = own(flags)
        out += bytes([kind]) + number(flags) + body
    return bytes(out), found


def private_linking(data, short, full):
    section, out, found = Reader(data), bytearray(), False
    out += number(section.number())
    while section.more():
        kind, content = section.bytes(1)[0], section.name()
        if kind == COMDATS:
            continue
        if kind == SYMBOL_TABLE:
            content, found = private_symbols(content, short, full)
        out += bytes([kind]) + name(content)
    return bytes(out), found


def private(data, short, full):
    module, out, found = Reader(data), bytearray(), False
    out += module.bytes(8)
    while module.more():
        kind, content = module.bytes(1), module.name()
        if kind == b"\0":
            custom = Reader(content)
            if custom.name() == b"linking":
                linking, found = private_linking(content[custom.at:], short, full)
                content = name(b"linking") + linking
        out += kind + name(content)
    if not found:
        sys.exit(f"private.py: the object does not define {short.decode()}")
    return bytes(out)


def main(path, module, out):
    with open(path, "rb") as file:
        data = file.read()
    short = "PyInit_" + module.rpartition(".")[2]
    data = private(data, short.encode(), ("PyInit_" + module.replace(".", "__")).encode())
    with open(out, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/usr/bin/env python3
"""Whether C++ and setjmp were compiled so that exceptions work: check.py FILE…

Takes objects and archives before they are linked, and modules after. What was compiled without its flag links all the same, and then
catches nothing, in silence; and the engine has no exceptions but those of the final form. Fails at

- an object of C++ without -fwasm-exceptions, one that calls setjmp or longjmp without -mllvm -wasm-enable-sjlj;
- a legacy `try`, `catch`, `rethrow`, `delegate` or `catch_all`, anywhere;
- a module that throws and has not one try_table;
- bitcode: an object of LTO tells nothing before the link, and the module not all; link it by WASM_EH_LD, which has what LTO wants.
"""
import sys

LEGACY = {0x06: "try", 0x07: "catch", 0x09: "rethrow", 0x18: "delegate", 0x19: "catch_all"}
THROW, THROW_REF, TRY_TABLE = 0x08, 0x0A, 0x1F
SETJMP = {"setjmp", "longjmp", "_setjmp", "_longjmp", "sigsetjmp", "siglongjmp"}


class Broken(Exception):
    pass


class Reader:
    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def skip_number(self):
        data, at = self.data, self.at
        while data[at] >= 0x80:
            at += 1
        self.at = at + 1

    def bytes(self):
        size = self.number()
        self.at += size
        return self.data[self.at - size:self.at]

    def text(self):
        return self.bytes().decode("utf-8", "replace")

    def inside(self):
        size = self.number()
        self.at += size
        return Reader(self.data, self.at - size, self.at)


def members(data):
    """(name, bytes) of each member of an ar archive."""
    at, names = 8, b""
    while at + 60 <= len(data):
        header = data[at:at + 60]
        name, size = header[:16].rstrip(), int(header[48:58])
        body = data[at + 60:at + 60 + size]
        at += 60 + size + size % 2
        if name == b"//":
            names = body
        elif name not in (b"/", b"/SYM64/"):
            if name.startswith(b"/"):
                start = int(name[1:])
                name = names[start:names.index(b"\n", start)]
            yield name.rstrip(b"/").decode(), body


# ---- Code: how far each instruction goes. ----

def skip_type_list(r):
    for _ in range(r.number()):
        r.skip_number()


def skip_memory_argument(r):
    flags = r.number()
    if flags & 0x40:
        r.skip_number()
    r.skip_number()


def skip_prefixed(r, prefix):
    op = r.number()
    if prefix == 0xFC:
        two = {8: 2, 9: 1, 10: 2, 11: 1, 12: 2, 13: 1, 14: 2, 15: 1, 16: 1, 17: 1}
        for _ in range(two.get(op, 0)):
            r.skip_number()
    elif prefix == 0xFD:
        if op <= 11 or op in (92, 93):
            skip_memory_argument(r)
        elif op in (12, 13):
            r.at += 16
        elif 21 <= op <= 34:
            r.at += 1
        elif 84 <= op <= 91:
            skip_memory_argument(r)
            r.at += 1
    elif prefix == 0xFE:
        if op == 3:
            r.at += 1
        else:
            skip_memory_argument(r)
    else:
        raise Broken(f"instructions of the proposal {'gc' if prefix == 0xFB else hex(prefix)}")


def skip_block_type(r):
    r.skip_number()


def skip_catches(r):
    skip_block_type(r)
    for _ in range(r.number()):
        if r.byte() < 2:
            r.skip_number()
        r.skip_number()


def skip_branches(r):
    for _ in range(r.number() + 1):
        r.skip_number()


def numbers(count):
    def skip(r):
        for _ in range(count):
            r.skip_number()
    return skip


def fixed(size):
    def skip(r):
        r.at += size
    return skip


OPERANDS = {**{op: skip_block_type for op in (0x02, 0x03, 0x04, 0x06)}, TRY_TABLE: skip_catches, 0x0E: skip_branches, 0x1C: skip_type_list,
            **{op: numbers(1) for op in (0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x14, 0x15, 0x18, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26,
                                         0x3F, 0x40, 0x41, 0x42, 0xD0, 0xD2, 0xD5, 0xD6)},
            **{op: numbers(2) for op in (0x11, 0x13)}, **{op: skip_memory_argument for op in range(0x28, 0x3F)},
            0x43: fixed(4), 0x44: fixed(8), **{p: (lambda r, p=p: skip_prefixed(r, p)) for p in (0xFB, 0xFC, 0xFD, 0xFE)}}


def scan_code(r, seen):
    data = r.data
    for _ in range(r.number()):
        body = r.inside()
        for _ in range(body.number()):
            body.skip_number()
            body.skip_number()
        at, end, get = body.at, body.end, OPERANDS.get
        while at < end:
            op = data[at]
            at += 1
            skip = get(op)
            if skip:
                body.at = at
                skip(body)
                at = body.at
                if op <= 0x1F and (op in LEGACY or op in (THROW, THROW_REF, TRY_TABLE)):
                    seen[op] = seen.get(op, 0) + 1
            elif op in (THROW_REF, 0x19):
                seen[op] = seen.get(op, 0) + 1
        if at != end:
            raise Broken("code that cannot be read")


# ---- What objects say of themselves. ----

def read_features(r):
    return {r.text() for _ in range(r.number()) if r.byte() in b"+="}


def symbols(r, imported):
    """Names in the symbol table of the section `linking`."""
    if r.number() != 2:
        return
    while r.at < r.end:
        kind = r.byte()
        part = r.inside()
        if kind != 8:
            continue
        for _ in range(part.number()):
            what, flags = part.byte(), part.number()
            undefined = flags & 0x10
            if what == 1:
                name = part.text()
                if not undefined:
                    for _ in range(3):
                        part.skip_number()
                yield name
            elif what == 3:
                part.skip_number()
            else:
                index = part.number()
                if not undefined or flags & 0x40:
                    yield part.text()
                elif what in imported and index < len(imported[what]):
                    yield imported[what][index]


SYMBOL_OF_IMPORT = {0: 0, 3: 2, 4: 4, 1: 5}  # function, global, tag, table


def read_imports(r):
    imported = {}
    for _ in range(r.number()):
        r.text()
        name, kind = r.text(), r.byte()
        if kind in (1, 2):
            if kind == 1:
                r.skip_number()
            flags = r.number()
            r.skip_number()
            if flags & 1:
                r.skip_number()
        elif kind == 0:
            r.skip_number()
        else:
            r.skip_number()
            r.skip_number()
        if kind in SYMBOL_OF_IMPORT:
            imported.setdefault(SYMBOL_OF_IMPORT[kind], []).append(name)
    return imported


def faults(data):
    """What is wrong with one object or module, in words."""
    if data[:2] == b"BC" or data[:4] == b"\xde\xc0\x17\x0b":
        return ["it is bitcode, which tells nothing before the link"]
    if data[:8] != b"\0asm\1\0\0\0":
        return ["it is neither an object nor a module of WebAssembly"]
    r, seen, names, features, imported, is_object = Reader(data, 8), {}, set(), set(), {}, False
    while r.at < len(data):
        section, body = r.byte(), r.inside()
        if section == 2:
            imported = read_imports(body)
        elif section == 10:
            scan_code(body, seen)
        elif section == 0:
            name = body.text()
            if name == "linking":
                is_object = True
                names = set(symbols(body, imported))
            elif name == "target_features":
                features = read_features(body)
    found = [f"legacy `{LEGACY[op]}` ({count} of them): -mllvm -wasm-use-legacy-eh=false is missing, or clang is older than 20"
             for op, count in seen.items() if op in LEGACY]
    if not is_object:
        if (seen.get(THROW) or seen.get(THROW_REF)) and not seen.get(TRY_TABLE):
            found.append("it throws and catches nothing: C++ without -fwasm-exceptions, or LTO by another linker than WASM_EH_LD (guest/cxx/flags.sh)")
        return found
    if SETJMP & names:
        found.append(f"it calls {min(SETJMP & names)}: -mllvm -wasm-enable-sjlj is missing")
    if any(name.startswith(("_Z", "__cxa_")) for name in names) and "exception-handling" not in features:
        found.append("it is C++ without -fwasm-exceptions")
    return found


def parts_of(path):
    data = open(path, "rb").read()
    if data[:8] == b"!<arch>\n":
        yield from ((f"{path}({name})", body) for name, body in members(data))
    else:
        yield path, data


def main(paths):
    status = 0
    for path in paths:
        for name, data in parts_of(path):
            try:
                found = faults(data)
            except (Broken, IndexError, ValueError) as error:
                found = [f"it cannot be read: {error}"]
            for fault in found:
                print(f"check.py: {name}: {fault}", file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: check.py FILE…")
    sys.exit(main(sys.argv[1:]))

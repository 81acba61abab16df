#!/usr/bin/env python3
"""The tables of the Encoding standard's legacy encodings, out of Python's codecs, for lib/web/encodings.js.

    encodings.py INTO        writes INTO/*.json, and prints "encoding:NAME PATH" for each

Where the standard and Python differ, the standard's is written here. U+FFFD stands for what is not in a table.
"""
import json
import pathlib
import sys

NONE = "\ufffd"
# Names of the standard, and Python's.
SINGLE = {
    "ibm866": "cp866", "koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "windows-874": "cp874",
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{n}": f"cp{n}" for n in range(1250, 1259)},
}  # fmt: skip
DIFFERENT = {
    "koi8-u": {0xAE: "\u045e", 0xBE: "\u040e"},
    "windows-1255": {0xCA: "\u05ba"},
    "x-mac-cyrillic": {0xA2: "\u0490", 0xB6: "\u0491", 0xFF: "\u20ac"},
}


def decode(codec, *numbers):
    try:
        text = bytes(numbers).decode(codec)
    except UnicodeDecodeError:
        return NONE
    return text if len(text) == 1 else NONE


def single(name, codec):
    table = [decode(codec, byte) for byte in range(0x80, 0x100)]
    for byte in range(0x80, 0xA0):  # what is not assigned there is a control, in all encodings of Windows
        if table[byte - 0x80] == NONE and name.startswith("windows-"):
            table[byte - 0x80] = chr(byte)
    for byte, character in DIFFERENT.get(name, {}).items():
        table[byte - 0x80] = character
    return "".join(table)


def jis0208(pointer):
    lead, trail = divmod(pointer, 188)
    return decode("cp932", lead + (0x81 if lead < 0x1F else 0xC1), trail + (0x40 if trail < 0x3F else 0x41))


def jis0212(pointer):
    lead, trail = divmod(pointer, 94)
    return "\uff5e" if pointer == 116 else decode("euc_jp", 0x8F, lead + 0xA1, trail + 0xA1)


def big5(pointer):
    lead, trail = divmod(pointer, 157)
    return decode("big5hkscs", lead + 0x81, trail + (0x40 if trail < 0x3F else 0x62))


def euc_kr(pointer):
    lead, trail = divmod(pointer, 190)
    return decode("cp949", lead + 0x81, trail + 0x41)


def gbk(pointer):
    lead, trail = divmod(pointer, 190)
    pair = lead + 0x81, trail + (0x40 if trail < 0x3F else 0x41)
    return "\u3000" if pair == (0xA3, 0xA0) else decode("gb18030", *pair)


def ranges():
    """Of the four-byte forms of gb18030: [first pointer, its code point] wherever the difference changes."""
    found, difference = [], None
    for pointer in range(39420):
        rest, d = divmod(pointer, 10)
        rest, c = divmod(rest, 126)
        a, b = divmod(rest, 10)
        character = decode("gb18030", a + 0x81, b + 0x30, c + 0x81, d + 0x30)
        now = None if character == NONE else ord(character) - pointer
        if now is not None and now != difference:
            found.append([pointer, ord(character)])
        difference = now if now is not None else difference
    return found


def main():
    into = pathlib.Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    tables = {"single": {name: single(name, codec) for name, codec in SINGLE.items()}, "ranges": ranges()}
    for name, table, size in (("jis0208", jis0208, 11280), ("jis0212", jis0212, 8836), ("big5", big5, 19782), ("euc-kr", euc_kr, 23940), ("gbk", gbk, 23940)):
        tables[name] = "".join(table(pointer) for pointer in range(size))
    for name, table in tables.items():
        path = into / f"{name}.json"
        path.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")), encoding="utf-8", errors="surrogatepass")
        print(f"encoding:{name}.json {path}")


main()

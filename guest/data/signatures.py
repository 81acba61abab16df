"""signatures.py FOLDER…: fails where a package's C would call a function by another type than its own, which WebAssembly traps on.

clang names every cast between function types that differ in the number of arguments, or in what they return (the files *.casts that
wasm-cc leaves beside objects). A cast is right where both types are the same to WebAssembly, or where the table that it stands in
says what the function takes: PyCFunction with METH_FASTCALL, METH_KEYWORDS. ALLOWED are casts there and back again, looked at by hand.
"""

import os
import re
import sys

# Kept under another type and cast back before they are called.
ALLOWED = {frozenset(("PyArrayMethod_StridedLoop *", "PyArray_MaskedStridedUnaryOp *"))}
MASKED = "const npy_intp *, npy_bool *, npy_intp, NpyAuxData *)"

WARNING = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: warning: cast from '(?P<from>[^']+)' (?:\(aka '(?P<from_aka>[^']+)'\) )?"
                     r"to '(?P<to>[^']+)' (?:\(aka '(?P<to_aka>[^']+)'\) )?converts to incompatible", re.MULTILINE)
KINDS = (("long double", "pointer"), ("_Complex", "pointer"), ("double", "f64"), ("float", "f32"), ("long long", "i64"), ("int64", "i64"))


def kind(text):
    text = text.strip()
    if "*" in text:
        return "i32"
    if text == "void":
        return ""
    return next((name for word, name in KINDS if word in text), "i32")


def signature(text):
    """What WebAssembly sees of a function type: "i32(i32,f64)"."""
    result, arguments = re.fullmatch(r"(.*?)\(\*?\)\((.*)\)", text).groups()
    parts = [kind(part) for part in re.split(r",(?![^()]*\))", arguments)]
    return f"{kind(result)}({','.join(filter(None, parts))})"


def expected(text):
    """How many arguments a PyCFunction takes, by the flags that stand after it."""
    flags = re.search(r"METH_[A-Z_]+(?:\s*\|\s*METH_[A-Z_]+)*", text)
    if not flags:
        return None
    if "FASTCALL" in flags[0]:
        return 4 if "KEYWORDS" in flags[0] else 3
    return 3 if "KEYWORDS" in flags[0] else 2


def is_right(found, base):
    source, target = found["from_aka"] or found["from"], found["to_aka"] or found["to"]
    if frozenset((found["from"], found["to"])) in ALLOWED or (MASKED in found["from"] and found["to"] == "PyArrayMethod_StridedLoop *"):
        return True
    ours, theirs = signature(source), signature(target)
    if ours == theirs:
        return True
    if found["to"] != "PyCFunction":
        return False
    with open(os.path.join(base, found["file"]), errors="replace") as file:
        lines = file.read().splitlines()
    at = int(found["line"]) - 1
    wanted = expected("\n".join(lines[at:at + 4]))
    return wanted is not None and ours == f"i32({','.join(['i32'] * wanted)})"


def main(folders):
    wrong = set()
    for base in folders:
        for folder, _, names in os.walk(base):
            for name in names:
                if name.endswith(".casts"):
                    with open(os.path.join(folder, name), errors="replace") as file:
                        text = file.read()
                    wrong |= {found[0] for found in WARNING.finditer(text) if not is_right(found, base)}
    for each in sorted(wrong):
        print(each, file=sys.stderr)
    if wrong:
        sys.exit(f"signatures.py: {len(wrong)} casts of functions that would trap when they are called: mend them in guest/data/patches")


if __name__ == "__main__":
    main(sys.argv[1:])

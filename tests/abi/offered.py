#!/usr/bin/env python3
"""Every function of belljar.h is offered by the Python and the Node package, or listed in `not-offered` with a reason:

    offered.py [--list]     status 1 where one is neither, or both; --list prints what each binding does not call
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINDINGS = {"python": ROOT / "bindings/python/src", "node": ROOT / "bindings/node/src"}
REASONS = Path(__file__).with_name("not-offered")
FUNCTION = re.compile(r"\b(bj_[a-z0-9_]+)\s*\(")


def declared():
    header = (ROOT / "include/belljar.h").read_text()
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    functions = re.findall(r"BJ_API[^;{]*?\b(bj_[a-z0-9_]+)\s*\(", header)
    # What an inline function of the header calls is called with it.
    inline = dict(re.findall(r"static inline void (bj_[a-z0-9_]+)\([^)]*\)\s*\{\s*(bj_[a-z0-9_]+)\(", header))
    return functions, inline


def called(folder, inline):
    names = {name for path in folder.glob("*.[ch]") for name in FUNCTION.findall(path.read_text())}
    # A name may stand without parentheses: handed over as a function.
    text = "\n".join(path.read_text() for path in folder.glob("*.[ch]"))
    names |= set(re.findall(r"\bbj_[a-z0-9_]+\b", text))
    return names | {inline[name] for name in names if name in inline}


def reasons():
    """{(binding, function): reason}: lines `BINDING FUNCTION: reason`; `both` is both bindings."""
    found = {}
    for line in REASONS.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        what, colon, reason = line.partition(": ")
        binding, _, function = what.partition(" ")
        if not colon or not reason.strip() or binding not in (*BINDINGS, "both"):
            sys.exit(f"{REASONS}: 'BINDING FUNCTION: reason', not '{line}'")
        for each in BINDINGS if binding == "both" else (binding,):
            found[each, function] = reason.strip()
    return found


def main():
    functions, inline = declared()
    known, wrong = reasons(), []
    for binding, folder in BINDINGS.items():
        offered = called(folder, inline)
        for function in functions:
            if "--list" in sys.argv and function not in offered:
                print(binding, function)
            if function not in offered and (binding, function) not in known:
                wrong.append(f"{binding} does not offer {function}: offer it, or say why not in {REASONS.name}")
            if function in offered and (binding, function) in known:
                wrong.append(f"{binding} offers {function}: take it out of {REASONS.name}")
    wrong += [f"{function} is no function of belljar.h: take it out of {REASONS.name}" for _, function in known if function not in functions]
    print("\n".join(wrong) if wrong else f"{len(functions)} functions are offered, or it is said why not")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""A module of ECMAScript as one of CommonJS, for packages that come as the former alone.

    commonjs.py MODULE INTO

Knows imports and exports as bundlers write them: each a statement of its own at the beginning of a line.
"""
import re
import sys


def names(text, separator):
    return ", ".join(re.sub(r"\s+as\s+", separator, name.strip()) for name in text.split(",") if name.strip())


def to_require(match):
    default, named, module = match.groups()
    parts = [f"default: {default}"] if default else []
    if named:
        parts.append(names(named, ": "))
    return f"const {{ {', '.join(parts)} }} = require({module});"


def to_exports(match):
    parts = []
    for name in match.group(1).split(","):
        inner, _, outer = name.strip().partition(" as ")
        parts.append(f"{outer.strip() or inner}: {inner}")
    return f"module.exports = {{ {', '.join(parts)} }};"


def main():
    source, into = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r'^import\s+(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?from\s*("[^"]*");', to_require, text, flags=re.M)
    text = re.sub(r"^export\s*\{([^}]*)\};", to_exports, text, flags=re.M)
    if re.search(r"^(import|export)\b", text, re.M):
        sys.exit(f"commonjs.py: {source}: an import or export that is not known")
    with open(into, "w", encoding="utf-8") as file:
        file.write('"use strict";' + text)


main()

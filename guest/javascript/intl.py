#!/usr/bin/env python3
"""Makes JSON of what FormatJS ships as programs: the data of the locales and the time zones, for the library.

    intl.py PACKAGES INTO      PACKAGES has a folder for each pin; files are written to INTO

Prints a line for each file: its name in the library and its path.
"""
import json
import os
import re
import sys

LOCALES = "en en-AU en-CA en-GB en-IN de fr es es-MX it pt pt-PT nl pl ru tr ja zh zh-Hant ko sv uk ar hi".split()
KINDS = {
    "number": "intl-number",
    "date": "intl-date",
    "relative": "intl-relative",
    "list": "intl-list",
}


def data_of(path):
    """The first call's argument: an object of JSON, or a string literal that holds one."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    literal = re.search(r'JSON\.parse\(("(?:[^"\\]|\\.)*")\)', text)
    if literal:
        return json.loads(json.loads(literal.group(1)))
    call = re.search(r"__add(?:LocaleData|TZData)\(", text)
    return json.JSONDecoder().raw_decode(text[call.end():].lstrip())[0]


def write(into, name, value):
    path = os.path.join(into, name + ".json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, separators=(",", ":"))
    print(f"intl:{name}.json {path}")


def without_ranges(into, locale, data):
    """Ranges take most of the room and of the time to read; a program that wants them gets the data that has them."""
    # As V8, which writes no narrow space before AM.
    data = json.loads(json.dumps(data, ensure_ascii=False).replace("\u202f", " "))
    write(into, f"range/{locale}", data["data"]["intervalFormats"])
    fallback = data["data"]["intervalFormats"]["intervalFormatFallback"]
    data["data"]["intervalFormats"] = {"intervalFormatFallback": fallback}
    return data


def main():
    packages, into = sys.argv[1:]
    for kind, pin in KINDS.items():
        for locale in LOCALES:
            data = data_of(f"{packages}/{pin}/locale-data/{locale}.js")
            if kind == "date":
                data = without_ranges(into, locale, data)
            write(into, f"{kind}/{locale}", data)
    # Those of one language take as much room as all that the others are about.
    write(into, "display/en", data_of(f"{packages}/intl-display/locale-data/en.js"))
    write(into, "locales", LOCALES)
    zones = data_of(f"{packages}/intl-date/add-all-tz.js")
    write(into, "zones", {
        "abbrvs": zones["abbrvs"],
        "offsets": zones["offsets"],
        "names": [line.split("|")[0] for line in zones["zones"]],
    })
    # A line each, of which a program reads those that it needs.
    path = os.path.join(into, "zones.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n" + "\n".join(zones["zones"]) + "\n")
    print(f"intl:zones.txt {path}")
    with open(f"{packages}/intl-date/polyfill.js", encoding="utf-8") as file:
        links = re.search(r"links_default = (\{.*?\n\});", file.read(), re.S).group(1)
    write(into, "links", {name.upper(): zone for name, zone in json.loads(links).items()})


main()

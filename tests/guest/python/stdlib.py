# Breadth: the modules that agents' code imports, each asked something it can get wrong.
import base64
import collections
import configparser
import contextlib
import copy
import csv
import dataclasses
import datetime
import decimal
import difflib
import email.message
import email.parser
import enum
import fractions
import functools
import graphlib
import hashlib
import heapq
import html
import html.parser
import io
import ipaddress
import itertools
import json
import locale
import logging
import math
import operator
import pickle
import pprint
import random
import re
import secrets
import shlex
import statistics
import string
import struct
import textwrap
import time
import tomllib
import traceback
import types
import typing
import unicodedata
import unittest
import urllib.parse
import uuid
import xml.dom.minidom
import xml.etree.ElementTree as ElementTree


def text():
    assert re.sub(r"(\w+) (?P<second>\w+)", r"\g<second> \1", "one two") == "two one"
    assert unicodedata.name("é") == "LATIN SMALL LETTER E WITH ACUTE"
    assert unicodedata.normalize("NFC", "e\u0301") == "é"
    assert "ß".upper() == "SS" and "İ".lower() == "i̇" and "日本".isalpha()
    assert textwrap.wrap("a b c d", 3) == ["a b", "c d"]
    assert string.Template("$a-${b}").substitute(a=1, b=2) == "1-2"
    assert html.unescape("&lt;&eacute;") == "<é" and html.escape("<&>") == "&lt;&amp;&gt;"
    assert shlex.split("a 'b c'") == ["a", "b c"]
    assert difflib.get_close_matches("appel", ["ape", "apple"]) == ["apple", "ape"]
    assert "日本語".encode("shift_jis").decode("shift_jis") == "日本語"
    assert "naïve".encode("cp1252") == b"na\xefve" and "x".encode("utf-16-le") == b"x\0"
    assert "bücher".encode("idna") == b"xn--bcher-kva"
    assert urllib.parse.urlsplit("http://a.b/c?d=e#f").query == "d=e"
    assert urllib.parse.quote("a b/é") == "a%20b/%C3%A9"
    assert f"{1234567.891:,.2f} {255:#x} {'x':>3}" == "1,234,567.89 0xff   x"


def numbers():
    assert decimal.Decimal("0.1") + decimal.Decimal("0.2") == decimal.Decimal("0.3")
    assert str(decimal.Decimal(1) / 7) == "0.1428571428571428571428571429"
    assert decimal.__name__ == "decimal" and hasattr(decimal, "__libmpdec_version__")
    assert fractions.Fraction(1, 3) + fractions.Fraction(1, 6) == fractions.Fraction(1, 2)
    assert math.factorial(30) == 265252859812191058636308480000000
    assert math.isclose(math.gamma(5), 24) and math.comb(10, 3) == 120 and math.dist((0, 0), (3, 4)) == 5
    assert 0.1 + 0.2 == 0.30000000000000004 and repr(1e22) == "1e+22" and float("5e-324") > 0
    assert (2**200).bit_length() == 201 and pow(3, -1, 7) == 5 and int("f" * 40, 16) == 16**40 - 1
    assert statistics.median([3, 1, 2]) == 2 and statistics.pstdev([1, 3]) == 1
    assert round(2.5) == 2 and divmod(-7, 2) == (-4, 1) and 7 // -2 == -4
    assert struct.pack("<Ih", 1, -1) == b"\x01\0\0\0\xff\xff"


def containers():
    assert collections.Counter("aab").most_common(1) == [("a", 2)]
    assert heapq.nsmallest(2, [3, 1, 2]) == [1, 2]
    assert list(itertools.batched("abcde", 2)) == [("a", "b"), ("c", "d"), ("e",)]
    assert functools.reduce(operator.mul, [1, 2, 3]) == 6
    assert list(graphlib.TopologicalSorter({"b": {"a"}}).static_order()) == ["a", "b"]

    @dataclasses.dataclass(order=True)
    class Item:
        name: str
        tags: list = dataclasses.field(default_factory=list)

    assert dataclasses.asdict(Item("x")) == {"name": "x", "tags": []} and Item("a") < Item("b")
    assert copy.deepcopy(Item("x", [1])) == Item("x", [1])

    class Colour(enum.Flag):
        RED = enum.auto()
        BLUE = enum.auto()

    assert (Colour.RED | Colour.BLUE).value == 3
    assert pickle.loads(pickle.dumps({1: (2, [3])})) == {1: (2, [3])}
    assert typing.get_type_hints(Item)["name"] is str
    assert types.SimpleNamespace(a=1).a == 1
    assert "'b': 2" in pprint.pformat({"a": 1, "b": 2})


def formats():
    value = {"a": [1, 2.5, None, True, "é\n"], "b": {"c": {}}}
    assert json.loads(json.dumps(value, indent=1)) == value
    try:
        json.loads('{"a": }')
    except json.JSONDecodeError as error:
        assert error.pos == 6
    else:
        raise AssertionError("bad JSON was taken")
    out = io.StringIO()
    csv.writer(out).writerow(["a,b", 'c"d', 1])
    assert out.getvalue() == '"a,b","c""d",1\r\n'
    assert list(csv.DictReader(["x,y", "1,2"])) == [{"x": "1", "y": "2"}]
    assert tomllib.loads('a = [1, 2]\n[b]\nc = "d"') == {"a": [1, 2], "b": {"c": "d"}}
    config = configparser.ConfigParser()
    config.read_string("[s]\nk = v")
    assert config["s"]["k"] == "v"
    root = ElementTree.fromstring("<a x='1'><b>t</b></a>")
    assert root.find("b").text == "t" and ElementTree.tostring(root) == b'<a x="1"><b>t</b></a>'
    assert xml.dom.minidom.parseString("<a/>").documentElement.tagName == "a"
    message = email.message.EmailMessage()
    message["Subject"] = "Grüße"
    message.set_content("text")
    assert email.parser.BytesParser().parsebytes(bytes(message))["Subject"]
    assert base64.b85decode(base64.b85encode(b"abc")) == b"abc"
    assert ipaddress.ip_address("10.0.0.1") in ipaddress.ip_network("10.0.0.0/8")


def times():
    day = datetime.date(2024, 2, 28) + datetime.timedelta(days=2)
    assert day.isoformat() == "2024-03-01" and day.strftime("%a %d %b %Y %j") == "Fri 01 Mar 2024 061"
    when = datetime.datetime.fromisoformat("2024-03-01T12:00:00+02:00")
    assert when.astimezone(datetime.timezone.utc).hour == 10
    assert datetime.datetime.strptime("01/02/2024 03:04", "%d/%m/%Y %H:%M").month == 2
    assert time.strftime("%Y", time.gmtime(0)) == "1970"
    began = time.monotonic()
    time.sleep(0.02)
    assert 0.015 < time.monotonic() - began < 5
    assert time.time() > 0 and time.perf_counter_ns() > 0 and time.process_time() >= 0


def chance():
    dice = random.Random(42)
    assert [dice.randint(1, 6) for _ in range(5)] == [6, 1, 1, 6, 3]
    assert len(secrets.token_hex(8)) == 16 and secrets.randbelow(10) < 10
    assert uuid.uuid4().version == 4 and uuid.uuid1().version == 1
    assert uuid.uuid5(uuid.NAMESPACE_DNS, "python.org").hex == "886313e13b8a53729b900c9aee199e5d"


def rest():
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.getLogger("test")
    logger.addHandler(handler)
    logger.warning("hello %d", 1)
    assert log.getvalue() == "WARNING hello 1\n"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print("inside")
    assert out.getvalue() == "inside\n"
    try:
        1 / 0
    except ZeroDivisionError:
        assert "    1 / 0\n    ~~^~~" in traceback.format_exc()
    assert locale.getlocale() is not None

    class Case(unittest.TestCase):
        def test_one(self):
            self.assertEqual(1, 1)

    result = unittest.TextTestRunner(io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
    assert result.wasSuccessful() and result.testsRun == 1


for subject in (text, numbers, containers, formats, times, chance, rest):
    subject()
print("ok")

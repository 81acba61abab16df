"""What guests show, at the command line: text, pictures in a terminal, files of --out.

    BELLJAR=build/belljar python3 tests/cli/test_displays.py [Class[.method]]
"""

import base64
import json
import os
import pty
import re
import struct
import subprocess
import sys
import unittest
import zlib

from test_cli import BELLJAR, FAILED, TIMEOUT, CliTest


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, size=0):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", os.urandom(size)) + chunk(b"IEND", b"")


PNG = png_of(2, 1, 9000)
SHOW = f"import base64; png = base64.b64decode('{base64.b64encode(PNG).decode()}')\ndisplay({{'image/png': png}}, raw=True)\n"


class Text(CliTest):
    def test_what_is_shown_comes_after_what_is_printed(self):
        done = self.belljar("run", self.file("a.py", SHOW + "print('first', end='')\ndisplay(42)\nclass T:\n  _repr_html_ = lambda self: '<b>'\n  __repr__ = lambda self: 'T!'\nT()"))
        self.assertRegex(done.stdout, r"^first\n\[image/png, 2×1, 8.8 KiB\]\n42\nT!\n$")
        self.assertEqual(done.returncode, 0)
        done = self.belljar("run", "-e", "display({'a/b': b'x'}, raw=True)")
        self.assertRegex(done.stdout, r"^\[a/b, 1 bytes\]\n$")

    def test_json_holds_it_and_nothing_else_is_printed(self):
        done = self.belljar("run", "--json", self.file("a.py", SHOW))
        self.assertEqual(base64.b64decode(json.loads(done.stdout)["displays"][0]["data"]["image/png"]), PNG)

    def test_what_is_left_out_is_told(self):
        done = self.belljar("run", "--displays", "2", "-e", "for i in range(5): display(i)")
        self.assertEqual(done.stdout, "0\n1\n")
        self.assertIn("3 more things were shown and left out", done.stderr)

    def test_another_way_is_refused(self):
        self.assertEqual(self.belljar("run", "--images", "sixel", "-e", "1").returncode, FAILED)

    def test_a_session_shows_too(self):
        done = self.belljar("session", stdin="class T:\n  _repr_png_ = lambda self: b'x'\n\ndisplay(1)\nT.__repr__ = lambda self: 'T!'\nT()\n")
        self.assertRegex(done.stdout, r"^1\nT!\n\[image/png, 1 bytes\]\n$")


class Files(CliTest):
    def names(self, folder="out"):
        return sorted(os.listdir(self.dir / folder))

    def test_each_form_is_a_file(self):
        source = SHOW + "display({'image/svg+xml': '<svg/>', 'text/plain': 'x', 'a/b+json': 1, 'c/d+json': 2}, raw=True)\ndisplay('text')\ndisplay({'a/../../b': b''}, raw=True)"
        done = self.belljar("run", "--out", "out", "-e", source)
        self.assertEqual(done.returncode, 1)  # '/' twice is no type
        self.assertEqual(self.names(), ["display-1.png", "display-2-4.json", "display-2.json", "display-2.svg", "display-3.txt"])
        self.assertEqual((self.dir / "out/display-1.png").read_bytes(), PNG)
        self.assertEqual((self.dir / "out/display-3.txt").read_text(), "'text'")
        self.assertIn(": out/display-1.png]", done.stdout)

    def test_a_path_that_is_too_long_is_an_error_and_no_other_file(self):
        folder = str(self.dir)
        while len(folder) < 3900:
            folder += "/" + "f" * 200
        folder += "/" + "f" * (4095 - len("/display-1.tx") - len(folder) - 1)  # with what fits of the name: 4,095 bytes
        os.makedirs(folder)
        done = self.belljar("run", "--out", folder, "-e", "display('text')")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("File name too long", done.stderr)
        self.assertEqual(os.listdir(folder), [])

    def test_nothing_is_overwritten(self):
        (self.dir / "out").mkdir()
        (self.dir / "out/display-1.png").write_text("mine")
        os.symlink("/etc/passwd", self.dir / "out/display-2.png")
        os.symlink("nowhere", self.dir / "out/display-3.png")
        source = SHOW + "open('display-4.png', 'w').write('the guest')"
        for number in (5, 6):
            done = self.belljar("run", "--out", "out", "-e", source)
            self.assertIn(f"out/display-{number}.png]", done.stdout)
            self.assertEqual((self.dir / f"out/display-{number}.png").read_bytes(), PNG)
        self.assertEqual((self.dir / "out/display-1.png").read_text(), "mine")
        self.assertEqual((self.dir / "out/display-4.png").read_text(), "the guest")
        self.assertFalse((self.dir / "nowhere").exists())

    def test_a_file_that_a_session_makes_later_does_not_replace_it(self):
        done = self.belljar("session", "--out", "out", stdin=SHOW + "f = open('display-1.png', 'w').write('later')\n")
        self.assertIn("what was shown is display-2.png", done.stderr)
        self.assertEqual((self.dir / "out/display-1.png").read_text(), "later")
        self.assertEqual((self.dir / "out/display-2.png").read_bytes(), PNG)

    def test_a_folder_that_cannot_be_written_to_is_an_error(self):
        (self.dir / "out").mkdir()
        (self.dir / "out").chmod(0o500)
        if os.access(self.dir / "out", os.W_OK):
            self.skipTest("root may write anywhere")
        self.assertEqual(self.belljar("run", "--out", "out", "-e", SHOW).returncode, FAILED)


class Terminal(CliTest):
    def shown(self, source, *options, **variables):
        """What a terminal with these variables is sent."""
        keep = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY", "KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL")}
        master, slave = pty.openpty()
        with open(master, "rb", buffering=0) as reader:
            program = subprocess.Popen(
                [BELLJAR, "run", *options, self.file("a.py", source)],
                cwd=self.dir, stdout=slave, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env={**keep, "TERM": "xterm", **variables},
            )
            os.close(slave)
            sent = b""
            try:
                while piece := reader.read(65536):
                    sent += piece
            except OSError:
                pass  # how a terminal ends
            program.communicate(timeout=TIMEOUT)
        return sent.replace(b"\r\n", b"\n")

    def test_kitty_is_sent_pieces_of_base64(self):
        sent = self.shown(SHOW, KITTY_WINDOW_ID="1")
        pieces = re.findall(rb"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", sent)
        self.assertEqual(b"".join(b"\x1b_G" + keys + b";" + data + b"\x1b\\" for keys, data in pieces) + b"\n", sent)
        self.assertEqual(base64.b64decode(b"".join(data for _, data in pieces)), PNG)
        self.assertEqual([keys for keys, _ in pieces], [b"a=T,f=100,q=2,m=1", b"m=1", b"m=0"])
        self.assertTrue(all(len(data) <= 4096 for _, data in pieces))

    def test_iterm_is_sent_one_sequence(self):
        sent = self.shown(SHOW, TERM_PROGRAM="iTerm.app")
        found = re.fullmatch(rb"\x1b]1337;File=inline=1;size=(\d+):([A-Za-z0-9+/=]*)\x07\n", sent)
        self.assertEqual((int(found[1]), base64.b64decode(found[2])), (len(PNG), PNG))

    def test_others_are_sent_text(self):
        for variables in ({}, {"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, {"TMUX": "x", "KITTY_WINDOW_ID": "1"}):
            self.assertRegex(self.shown(SHOW, **variables).decode(), r"^\[image/png, 2×1, .*\]\n$")
        self.assertRegex(self.shown(SHOW, "--images", "none", KITTY_WINDOW_ID="1").decode(), r"^\[image/png")
        self.assertIn(b"\x1b_Ga=T", self.shown(SHOW, "--images", "kitty"))

    def test_what_is_no_picture_is_not_sent(self):
        for data in (b"\x1b]0;title\x07", png_of(20000, 1), png_of(0, 1), b"\x89PNG\r\n\x1a\n"):
            sent = self.shown(f"display({{'image/png': {data!r}}}, raw=True)", KITTY_WINDOW_ID="1")
            self.assertRegex(sent.decode(), r"^\[image/png, .*\]\n$")

    def test_text_is_shown_and_not_obeyed(self):
        self.assertEqual(self.shown("display({'text/plain': '\\x1b]0;t\\x07\\n'}, raw=True)").decode(), "\\x1b]0;t\\x07\n\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)

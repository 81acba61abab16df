"""Text: frequencies, wrapping, differences, edit distance, Unicode."""
import difflib
import re
import string
import textwrap
import unicodedata
from collections import Counter
from functools import cache

TEXT = """It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was
the season of Darkness, it was the spring of hope, it was the winter of despair."""


@cache
def distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))


words = re.findall(r"[a-z']+", TEXT.lower())
print(len(words), len(set(words)), Counter(words).most_common(6))
print(Counter(map(len, words)).most_common(3), max(words, key=lambda w: (len(w), w)))
for line in textwrap.wrap(TEXT, 48, initial_indent="* ", subsequent_indent="  ", max_lines=4, placeholder=" …"):
    print(line)
print(textwrap.dedent("""\
    def f():
        return 1
  """), end="")
print(textwrap.shorten("Hello  world, this is   long", 18), textwrap.indent("a\n\nb\n", "> "), sep="\n", end="")
bigrams = Counter(zip(words, words[1:]))
print([f"{a} {b}: {n}" for (a, b), n in bigrams.most_common(4)])
print(distance("kitten", "sitting"), distance("flaw", "lawn"), difflib.get_close_matches("appel", ["ape", "apple", "peach", "puppy"]))
print("\n".join(difflib.unified_diff("one two three four".split(), "one tree three five four".split(), "old", "new", lineterm="", n=1)))
print(round(difflib.SequenceMatcher(None, "private volatile", "volatile private").ratio(), 4))
for word in ("naïve", "Ångström", "ﬁne", "ⅷ", "İstanbul", "straße"):
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    print(ascii(word), plain, word.upper(), word.casefold(), [unicodedata.category(c) for c in word][:3], len(word.encode()))
print(unicodedata.name("☃"), unicodedata.lookup("GREEK SMALL LETTER OMEGA"), unicodedata.numeric("½"), "²".isdigit(), "²".isdecimal())
table = str.maketrans(string.ascii_lowercase, string.ascii_lowercase[13:] + string.ascii_lowercase[:13])
print("hello, world".translate(table), "a,b;c d".split(","), "Title case's here".title(), "x".center(7, "*"), "12".zfill(5))
print(re.sub(r"(?P<y>\d{4})-(?P<m>\d\d)", r"\g<m>/\g<y>", "on 2024-03 and 1999-12"), re.split(r"(\W)", "a-b c", maxsplit=1))

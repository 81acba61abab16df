# What would silently be another answer than elsewhere is the same, or an error: seeds, locales, terminals.
import errno
import locale
import os
import random

# From CPython 3.13 with 64 bits.
SEEDED = [(1.5, 2369807148), (-0.25, 3667235385), (0.1, 3462851686), (1e300, 1122766155), (5e-324, 2056082574), (float("inf"), 826196214),
          (float("-inf"), 3525451760), (-0.0, 3626764237), (2.0**61, 577090037), (-1.0, 563479156), (7, 1390851128), ("a", 1168357962),
          (-7, 1390851128), (b"x", 2709212627)]
for seed, number in SEEDED:
    random.seed(seed)
    assert random.getrandbits(32) == number == random.Random(seed).getrandbits(32), seed
random.seed(float("nan"))

# The C library takes any name, and formats as in C.
for name in ("en_US.UTF-8", "de_DE", "en_US", ("de_DE", "UTF-8"), "LC_CTYPE=C.UTF-8;LC_NUMERIC=de_DE", "C;C;fr_FR;C;C;C", "nonsense"):
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error as error:
        assert str(error) == "unsupported locale setting"
    else:
        raise AssertionError(f"{name} was taken")
for name in ("C", "POSIX", "C.UTF-8", "C.utf8", "", None):
    locale.setlocale(locale.LC_ALL, name)
    locale.setlocale(locale.LC_ALL, locale.setlocale(locale.LC_ALL))
os.environ["LC_ALL"] = "tr_TR.UTF-8"
try:
    locale.setlocale(locale.LC_ALL, "")
    raise AssertionError("a locale of the environment's was taken")
except locale.Error:
    pass

# Programs ask with `except OSError`.
for ask, number in ((os.get_terminal_size, errno.ENOTTY), (lambda: os.get_terminal_size(2), errno.ENOTTY), (os.getlogin, errno.ENXIO)):
    try:
        ask()
        raise AssertionError("there is a terminal")
    except OSError as error:
        assert error.errno == number
print("ok")

"""Whether two printed texts say the same: byte for byte but for numbers with a fraction, which may differ by a few units in the last places."""

import re

# A mantissa with a point or an exponent; whole numbers are compared as text.
_FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")
TOLERANCE = 1e-12


def _near(a, b):
    if a == b:
        return True
    x, y = float(a), float(b)
    # Printed with few digits, the last of them may differ.
    shown = min(len(re.sub(r"\D", "", each.lower().partition("e")[0]).lstrip("0")) for each in (a, b))
    return abs(x - y) <= max(abs(x), abs(y)) * max(TOLERANCE, 10.0 ** (1 - shown)) or abs(x - y) < 1e-15


def difference(expected, printed):
    """None, or the first line that differs, of both."""
    ours, theirs = printed.splitlines(), expected.splitlines()
    for ours_line, theirs_line in zip(ours, theirs):
        if _FLOAT.sub("#", ours_line).split() != _FLOAT.sub("#", theirs_line).split():
            return theirs_line, ours_line
        if not all(_near(a, b) for a, b in zip(_FLOAT.findall(theirs_line), _FLOAT.findall(ours_line))):
            return theirs_line, ours_line
    return None if len(ours) == len(theirs) else (f"{len(theirs)} lines", f"{len(ours)} lines")

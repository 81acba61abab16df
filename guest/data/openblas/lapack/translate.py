"""Translates LAPACK's Fortran to C with f2c, in the form that C programs call: no lengths of strings, int returned.

    translate.py F2C SOURCES INTO

Writes a C file for each Fortran file of SOURCES (SRC and INSTALL of LAPACK) into INTO. f2c reads Fortran 77; what newer words LAPACK
uses here and there (EXIT, CYCLE, INTENT, constants of the arithmetic) are put into older ones first.
"""

import multiprocessing
import pathlib
import re
import subprocess
import sys

# Made by OpenBLAS itself, quicker.
BY_OPENBLAS = re.compile(
    r"[sdcz](getrf|getrs|gesv|getf2|potrf|potf2|potri|laswp|lauum|lauu2|trtri|trti2|trtrs)$"
)
# Ours (fortran.c), or of Fortran 90, or with extra precision from another library.
NOT_WANTED = [r"xerbla|xerbla_array|la_xisnan|ilaver|lsame", r".*xx$|.*(rfsx|svxx)$|la_.*extended", r".*gedmdq?"]
# Second ways to the same result, which neither numpy nor scipy asks for: in two stages, after Aasen, with bounded pivots; and the
# QZ of 2021, the SVD by parts of a spectrum and Jacobi's SVD, whose Fortran f2c cannot read.
NOT_WANTED += [
    r".*(_2stage|2stage|_aa|_rk|_3|_rook)",
    r".*(gges3|ggev3|laqz\d|trsyl3|gesvdx|bdsvdx|gejsv|getsqrhrt)",
]
FROM_INSTALL = ("dlamch", "slamch", "droundup_lwork", "sroundup_lwork")

CONSTANTS = {
    ("EPSILON", "D"): "2.2204460492503131D-16",
    ("EPSILON", "E"): "1.1920928955078125E-7",
    ("HUGE", "D"): "1.7976931348623157D+308",
    ("HUGE", "E"): "3.4028234663852886E+38",
    ("TINY", "D"): "2.2250738585072014D-308",
    ("TINY", "E"): "1.1754943508222875E-38",
    ("RADIX", "D"): "2.0D0",
    ("RADIX", "E"): "2.0E0",
    ("DIGITS", "D"): "53",
    ("DIGITS", "E"): "24",
    ("MINEXPONENT", "D"): "(-1021)",
    ("MINEXPONENT", "E"): "(-125)",
    ("MAXEXPONENT", "D"): "1024",
    ("MAXEXPONENT", "E"): "128",
}
NEW_INTRINSICS = r"EPSILON|HUGE|TINY|RADIX|DIGITS|MINEXPONENT|MAXEXPONENT|MAXLOC"


def statements(text):
    """Whole statements, their continuation lines joined; comments are left out."""
    out = []
    for line in text.splitlines():
        if not line.strip() or line[0] in "*cC!dD":
            continue
        if "!" in line and "'" not in line.split("!")[1]:
            line = line.split("!")[0].rstrip()
            if not line.strip():
                continue
        if len(line) > 5 and line[5] not in " 0" and line[:5].strip() == "":
            out[-1] += line[6:72].rstrip().ljust(0)
        else:
            out.append(line[:72].rstrip())
    return out


def fold(statement):
    """A statement in lines of 72 columns. Strings may be broken: Fortran counts the columns, not the words."""
    lines = [statement[:72]]
    rest = statement[72:]
    while rest:
        lines.append("     $" + rest[:66])
        rest = rest[66:]
    if len(lines) > 1:
        lines[:-1] = [line.ljust(72) for line in lines[:-1]]
    return lines


def intrinsics(statement, double):
    """Functions of Fortran 90 that are constants, and those whose name depends on the precision."""
    if re.match(r"\s+INTRINSIC\b", statement, re.I):
        head, names = re.match(r"(\s+INTRINSIC\s+(?:::)?)(.*)", statement, re.I).groups()
        kept = [n.strip() for n in names.split(",")]
        kept = [n for n in kept if not re.fullmatch(NEW_INTRINSICS, n, re.I)]
        if double:
            kept = [{"AIMAG": "DIMAG", "CONJG": "DCONJG", "CMPLX": "DCMPLX"}.get(n.upper(), n) for n in kept]
            kept = list(dict.fromkeys(n for n in kept if n.upper() != "REAL"))
        return head + ", ".join(kept) if kept else ""
    kind = "D" if double else "E"
    for (name, which), value in CONSTANTS.items():
        if which == kind:
            statement = re.sub(rf"\b{name}\(\s*[\w.+]+\s*\)", value, statement, flags=re.I)
    if double:
        for old, new in (("AIMAG", "DIMAG"), ("CONJG", "DCONJG"), ("CMPLX", "DCMPLX"), ("REAL", "DBLE")):
            statement = re.sub(rf"\b{old}\s*\(", f"{new}(", statement, flags=re.I)
    return re.sub(
        r"MAXLOC\(\s*WORK\(\s*(.+?)\s*:\s*(.+?)\s*\),\s*1\s*\)",
        lambda m: f"BJ{kind}MAX( {m[2]}-{m[1]}+1, WORK( {m[1]} ) )",
        statement,
        flags=re.I,
    )


def declarations(statement):
    """`TYPE, INTENT(IN) :: names` as `TYPE names`."""
    found = re.match(r"(\s+(?:INTEGER|REAL|DOUBLE PRECISION|LOGICAL|COMPLEX(?:\*16)?|CHARACTER(?:\*\d+)?))([^:']*)::(.*)", statement, re.I)
    return f"{found[1]} {found[3]}" if found else statement


def jumps(lines):
    """EXIT and CYCLE as GO TO; a loop whose end is a label ends where it says."""
    out, loops, label = [], [], 99000
    for line in lines:
        code = line.strip()
        begin = re.match(r"(?:\d+\s+)?(?:\w+\s*:\s*)?DO\b(?:\s+(\d+)\b)?(?!\s*=)", code, re.I)
        if begin and not re.match(r"DO\w*\s*=", code, re.I):
            label += 2
            loops.append({"end": begin[1], "next": label, "after": label + 1, "used": set()})
        found = re.match(r"(.*?\b)(EXIT|CYCLE)$", code, re.I)
        if found and (not found[1] or found[1].rstrip().endswith(")")):
            loop = loops[-1]
            kind = found[2].upper()
            if kind == "CYCLE" and loop["end"]:
                target = loop["end"]
            else:
                target = loop["after" if kind == "EXIT" else "next"]
                loop["used"].add(target)
            line = re.sub(r"\b(EXIT|CYCLE)$", f"GO TO {target}", line.rstrip(), flags=re.I)
        ends = loops and (
            re.match(r"END\s*DO\b", code, re.I)
            if loops[-1]["end"] is None
            else re.match(rf"{loops[-1]['end']}\b", code)
        )
        if not ends:
            out.append(line)
            continue
        loop = loops.pop()
        if loop["next"] in loop["used"]:
            out.append(f"{loop['next']:5d} CONTINUE")
        out.append(line)
        while loop["end"] and loops and loops[-1]["end"] == loop["end"]:
            loops.pop()
        if loop["after"] in loop["used"]:
            out.append(f"{loop['after']:5d} CONTINUE")
    return out


def prepared(text, name):
    double = name[0] in "dzi"
    lines = []
    for statement in statements(text):
        statement = re.sub(r"^(\s+)RECURSIVE\s+", r"\1", statement, flags=re.I)
        statement = intrinsics(declarations(statement), double)
        if statement.strip():
            lines.append(statement)
    lines = jumps(lines)
    # f2c has no external functions without a type.
    if any("BJDMAX" in line or "BJEMAX" in line for line in lines):
        at = next(i for i, line in enumerate(lines) if re.match(r"\s+(INTEGER|LOGICAL|CHARACTER)\b", line, re.I))
        lines.insert(at, "      INTEGER BJDMAX, BJEMAX\n      EXTERNAL BJDMAX, BJEMAX")
    folded = []
    for line in lines:
        for part in line.split("\n"):
            folded += fold(part)
    return "\n".join(folded) + "\n"


STRINGS = re.compile(r"\b(s_cmp|s_copy|s_cat|i_len|i_indx)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")


def own_lengths(call):
    """A call of Fortran's library, which does take lengths: one that the routine was given is found from the string."""
    arguments = re.sub(r"\b(?!i_len)(\w+?)_len\b", r"(ftnlen)strlen(\1__)", call[2])
    return f"{call[1]}({arguments.replace('ftnlen', 'FTNLEN')})"


def finished(text):
    """No lengths of strings, but for Fortran's library."""
    names = set(re.findall(r"char \*(\w+)", text))
    text = STRINGS.sub(own_lengths, text)
    text = re.sub(r",\s*\(\s*ftnlen\)\s*\d+", "", text)
    text = re.sub(r",\s*ftnlen(\s+\w+)?(?=\s*[,)])", "", text)
    text = re.sub(r",\s*\b\w+_len\b(?=\s*[,)])", "", text)
    # f2c spells `name` as `name__`, and `opts` as it is.
    text = re.sub(r"strlen\((\w+)__\)", lambda m: f"strlen({m[1]})" if m[1] in names else m[0], text)
    # A name with an underscore of its own gets two, where all others get one.
    text = re.sub(r"\b([a-z][a-z0-9]*_[a-z0-9_]*?[a-z0-9])__\b", r"\1_", text)
    return text.replace("FTNLEN", "ftnlen")


def translate(job):
    f2c, source, into = job
    name = source.stem
    (into / f"{name}.f").write_text(prepared(source.read_text(), name))
    done = subprocess.run([f2c, "-a", "-R", "-A", "-w", f"{name}.f"], cwd=into, capture_output=True, text=True)
    target = into / f"{name}.c"
    (into / f"{name}.f").unlink()
    if done.returncode:
        target.unlink(missing_ok=True)
        return name
    target.write_text(finished(target.read_text()))
    return None


def main(f2c, sources, into):
    sources, into = pathlib.Path(sources), pathlib.Path(into)
    files = [f for f in sorted((sources / "SRC").glob("*.f")) if not (BY_OPENBLAS.match(f.stem) or any(re.fullmatch(kind, f.stem) for kind in NOT_WANTED))]
    files += [sources / "INSTALL" / f"{name}.f" for name in FROM_INSTALL]
    into.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool() as pool:
        unread = pool.map(translate, [(str(pathlib.Path(f2c).resolve()), f, into) for f in files], chunksize=16)
    if any(unread):
        sys.exit(f"f2c cannot read: {' '.join(filter(None, unread))}")


if __name__ == "__main__":
    main(*sys.argv[1:])

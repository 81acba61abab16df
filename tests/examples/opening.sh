#!/usr/bin/env bash
# opening.sh HEADER OUTPUT: the program in the opening comment of belljar.h.
set -euo pipefail
sed -n '1,/@endcode/{/@code/,/@endcode/{/@/d;s/^ [*] \{0,1\}//p}}' "$1" >"$2"
[ -s "$2" ] || { echo "$1 opens with no program" >&2; exit 1; }

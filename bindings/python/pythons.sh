#!/usr/bin/env bash
# The Pythons of this machine from 3.10 on, one of each minor version, oldest first, each as "3.10 /path/to/python3.10":
# python3 itself, python3.10 and so on in $PATH, and those of pyenv. With --headers only those that can compile extensions.
set -euo pipefail
probe='
import os, sys, sysconfig
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
if sys.version_info >= (3, 10) and sys.implementation.name == "cpython" and (sys.argv[1:] != ["--headers"] or os.path.exists(header)):
    print("%d.%d" % sys.version_info[:2], sys.executable)
'
candidates() {
  command -v python3 || true
  for minor in $(seq 10 29); do
    type -ap "python3.$minor" || true
  done
  ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 2>/dev/null || true
}
# A name in $PATH may stand for a Python that is not there (pyenv has such): what does not run is none.
candidates | while read -r python; do "$python" -c "$probe" "$@" 2>/dev/null || true; done | sort -t. -k2n -s | awk '!seen[$1]++'

#!/usr/bin/env bash
# Installs the peers that bench/sessions and bench/binding stand beside into build/bench/peers: eryx, Monty and smolagents, from PyPI, pinned.
# It wants a Python of 3.12 or later: $PYTHON, or the first that is found.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
peers=$root/build/bench/peers
for python in "${PYTHON:-}" python3.13 python3.12 python3; do
  [ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && break
  python=
done
[ -n "${python:-}" ] || { echo "bench/peers.sh: no Python 3.12 or later; name one: PYTHON=… bench/peers.sh" >&2; exit 1; }
"$python" -m venv "$peers"
"$peers/bin/pip" install --quiet pyeryx==0.11.0 pydantic-monty==1.4.0 smolagents==1.26.0

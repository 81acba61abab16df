#!/usr/bin/env bash
# Packs the package into dist/ at the top of the tree: `make npm-pack`. The archive has all in it: the addon with the library, the
# shared libraries that a bare system may lack, the guests and their compiled forms. It runs no script when it is installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
package=$root/build/node/package
newest_glibc=2.36
. "$here/node.sh"
have_node

version=$(sed -n 's/#define BJ_VERSION "\(.*\)"/\1/p' "$root/include/belljar.h")
rm -rf "$package"
mkdir -p "$package" "$root/dist"
cp -r "$here/lib" "$here/README.md" "$root/LICENSE" "$package"
node "$here/build.js" --into "$package/native"
rm "$package/native/guests/stamp"
node - "$here/package.json" "$package/package.json" "$version" <<'NODE'
const { readFileSync, writeFileSync } = require('node:fs')
const [from, to, version] = process.argv.slice(2)
const { scripts, dependencies, devDependencies, ...made } = JSON.parse(readFileSync(from, 'utf8'))
if (made.version !== version) throw new Error(`package.json says ${made.version}, belljar.h ${version}`)
writeFileSync(to, JSON.stringify({ ...made, files: ['lib', 'native'] }, null, 2) + '\n')
NODE

# What the addon wants of the system is what every glibc of that version has.
wanted=$(objdump -p "$package"/native/*.node "$package"/native/*.so.* | sed -n 's/.*NEEDED *//p' | sort -u)
for library in $wanted; do
  [ -e "$package/native/$library" ] || case $library in
  libc.so.6 | libm.so.6 | libpthread.so.0 | libdl.so.2 | libgcc_s.so.1 | ld-linux-x86-64.so.2) ;;
  *) echo "the addon needs $library, which a bare system may lack" >&2 && exit 1 ;;
  esac
done
newest=$(objdump -T "$package"/native/*.node "$package"/native/*.so.* | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1)
[ "$(printf '%s\n' "$newest" "$newest_glibc" | sort -V | tail -1)" = "$newest_glibc" ] || {
  echo "the addon needs glibc $newest" >&2
  exit 1
}

cd "$package"
npm pack --silent --pack-destination "$root/dist" >/dev/null
ls -l "$root/dist/belljar-$version.tgz"

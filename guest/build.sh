#!/usr/bin/env bash
# Builds all guests into build/guests, from the sources that guest/pins names. Does nothing, in well under
# a second, where they are there and made from the files as they stand.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/fetch.sh"
"$here/sysroot.sh"
"$here/javascript/build.sh"
"$here/python/build.sh"

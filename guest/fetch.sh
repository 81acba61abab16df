#!/usr/bin/env bash
# Fetches what guest/pins names into build/guest/sources, and checks every file against its SHA-256.
# A file that is there and right is left alone, so that a second run needs no network.
#
#   guest/fetch.sh [NAME…]      all of guest/pins, or only these lines of it, of guest/cxx/pins or of guest/data/pins
#
# Debian's files come through this machine's own apt (its mirror, its proxy); only the file itself is
# fetched and its pinned checksum decides, so neither the suite nor its lists nor its keys matter, and
# the system's apt state is not touched. PyPI's come through this machine's pip, npm's through its npm, crates
# through its cargo.
#
#   BELLJAR_SOURCES=FOLDER      takes the archives from FOLDER and never from a network: for machines
#                               without apt, without a network, or long after a mirror dropped a file
set -euo pipefail
. "$(dirname "$0")/toolchain.sh"

# The base address of the Debian mirror that this machine is set up with (not its security archive).
debian_site() {
  apt-get indextargets --format '$(SITE)' 2>/dev/null |
    awk '!/-security\/?$/ && !seen++ { print }'
}

right() { # FILE SHA256
  [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]
}

from_folder() { # FILE INTO
  cp "$BELLJAR_SOURCES/$1" "$2/" 2>/dev/null ||
    die "BELLJAR_SOURCES: $BELLJAR_SOURCES holds no $1: put it there (guest/pins says what it is)"
}

from_debian() { # FILE FOLDER INTO
  local helper=/usr/lib/apt/apt-helper site options=()
  [ -x "$helper" ] ||
    die "no apt on this machine: get the files of guest/pins by hand and set BELLJAR_SOURCES=FOLDER"
  site=$(debian_site)
  [ -n "$site" ] || die "apt knows no archive: check its sources, or set BELLJAR_SOURCES=FOLDER"
  # Root would hand the download to a user who may not write here.
  [ "$(id -u)" -ne 0 ] || options=(-o APT::Sandbox::User=root)
  # An address holds no bare tilde or plus sign in apt's eyes.
  local name=${1//\~/%7e}
  "$helper" "${options[@]}" -o Acquire::Retries=3 download-file \
    "${site%/}/pool/$2/${name//+/%2b}" "$3/$1" >"$3/log" 2>&1 || {
    tail -n 3 "$3/log" >&2
    die "the Debian mirror of this machine does not give $1: set BELLJAR_SOURCES=FOLDER with that file"
  }
}

from_pypi() { # FILE SPEC INTO
  python3 -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: \
    --dest "$3" "$2" >"$3/log" 2>&1 || {
    tail -n 3 "$3/log" >&2
    die "pip does not give $2: install pip (python3-pip), or set BELLJAR_SOURCES=FOLDER with $1"
  }
}

# A source distribution; nothing of it is run (guest/sdist.py).
from_pypi_source() { # FILE SPEC INTO
  python3 "$ROOT/guest/sdist.py" "$2" "$3" >"$3/log" 2>&1 || {
    tail -n 3 "$3/log" >&2
    die "pip does not give the source of $2: install pip (python3-pip), or set BELLJAR_SOURCES=FOLDER with $1"
  }
}

# `cargo info` is what downloads one crate, neither built nor with those that it needs.
from_crates() { # FILE SPEC INTO
  cargo info --quiet "$2" >"$3/log" 2>&1 &&
    cp "${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/"$1" "$3/" 2>>"$3/log" || {
    tail -n 3 "$3/log" >&2
    die "cargo does not give $2: install Rust 1.82 or newer, or set BELLJAR_SOURCES=FOLDER with $1"
  }
}

from_npm() { # FILE SPEC INTO
  (cd "$3" && npm pack --silent --ignore-scripts "$2") >"$3/log" 2>&1 || {
    tail -n 3 "$3/log" >&2
    die "npm does not give $2: install npm, or set BELLJAR_SOURCES=FOLDER with $1"
  }
}

fetch() { # NAME
  local name=$1 file sha256 where into
  file=$(pin "$name" file)
  sha256=$(pin "$name" sha256)
  where=$(pin "$name" where)
  ! right "$GUEST_SOURCES/$file" "$sha256" || return 0
  into=$(mktemp -d "$GUEST_SOURCES/.fetch-XXXXXX")
  # Whatever happens, a half-fetched file never lies under its own name.
  trap 'rm -rf "$into"' EXIT
  if [ -n "${BELLJAR_SOURCES:-}" ]; then
    from_folder "$file" "$into"
  else
    case $where in
    debian:*) from_debian "$file" "${where#debian:}" "$into" ;;
    crate:*) from_crates "$file" "${where#crate:}" "$into" ;;
    npm:*) from_npm "$file" "${where#npm:}" "$into" ;;
    pypi-source:*) from_pypi_source "$file" "${where#pypi-source:}" "$into" ;;
    pypi:*) from_pypi "$file" "${where#pypi:}" "$into" ;;
    *) die "guest/pins: $name has no place that is known: $where" ;;
    esac
  fi
  right "$into/$file" "$sha256" ||
    die "$file is not the file that guest/pins names (wrong SHA-256): remove it and fetch it anew"
  chmod 0644 "$into/$file"
  mv "$into/$file" "$GUEST_SOURCES/$file"
  rm -rf "$into"
  trap - EXIT
  printf 'fetched %s\n' "$file"
}

main() {
  local names name
  mkdir -p "$GUEST_SOURCES"
  # Builds of two guests may start at once; the second finds the files of the first.
  exec 9>"$GUEST_BUILD/.fetch.lock"
  flock 9
  names=${*:-$(awk '!/^#/ && NF { print $1 }' "$ROOT/guest/pins")}
  for name in $names; do
    fetch "$name"
  done
}

main "$@"

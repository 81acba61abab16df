# Sourced by the recipes of guests, after toolchain.sh: stages that are skipped when nothing has changed that decides
# their result, and what they are made of.
#
#   fresh, finished, stage      bookkeeping, in the folder WORK; STAGES is what the logs' names begin with
#   together                    commands side by side
#   compile_all, archive        a C library from its sources: OPTIMISE, MAP, JOBS, PREFIX
#   apply                       a patch, all of it or nothing
. "$ROOT/scripts/steps.sh"

# fresh NAME HASH: whether the step NAME was last finished with this HASH.
fresh() {
  [ "$(cat "$WORK/.stamp-$1" 2>/dev/null)" = "$2" ]
}

finished() {
  printf '%s\n' "$2" >"$WORK/.stamp-$1"
}

# stage NAME TITLE HASH FUNCTION…: runs the functions as one step unless it is fresh.
stage() {
  local name=$1 title=$2 hash=$3
  shift 3
  ! fresh "$name" "$hash" || return 0
  rm -f "$WORK/.stamp-$name"
  step "$STAGES-$name" "$title" "$@"
  finished "$name" "$hash"
}

# together COMMAND… -- COMMAND…: runs commands side by side; fails if one fails.
together() {
  local pids=() command=() status=0 word
  for word in "$@" --; do
    if [ "$word" = -- ]; then
      "${command[@]}" &
      pids+=($!)
      command=()
    else
      command+=("$word")
    fi
  done
  for word in "${pids[@]}"; do
    wait "$word" || status=$?
  done
  [ "$status" -eq 0 ] || exit "$status"
}

# compile_all OUT FLAGS FILE…: one object per file, JOBS at a time, into the folder OUT.
compile_all() {
  local out=$1 flags=$2
  shift 2
  mkdir -p "$out"
  # shellcheck disable=SC2016
  printf '%s\n' "$@" | xargs -P "$JOBS" -I{} sh -c '
    exec '"$WASM_CC $OPTIMISE -g0 -w $MAP $flags"' -c "$1" -o "$2/$(basename "$1" .c).o"' sh {} "$out"
}

archive() { # LIBRARY FOLDER_OF_OBJECTS
  mkdir -p "$PREFIX/lib" "$PREFIX/include"
  rm -f "$PREFIX/lib/$1"
  "$WASM_AR" rcsD "$PREFIX/lib/$1" "$2"/*.o
}

# apply FOLDER PATCH: all of it or nothing.
apply() {
  patch --batch --fuzz=0 --no-backup-if-mismatch -p1 -d "$1" <"$2" || die "$2 does not fit the source that guest/pins names"
}

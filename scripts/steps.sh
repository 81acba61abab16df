# Sourced by the build scripts: long steps with progress, elapsed time and a log each.
#
#   step NAME TITLE COMMAND [ARG…]   runs COMMAND with its output in $STEP_LOGS/NAME.log; prints TITLE when
#                                    it begins, a sign of life every 15 seconds, and what it cost; when it
#                                    fails, prints the end of the log and ends the script
#   note TEXT                        one line of the same form
#
# STEP_LOGS is the folder for logs; STEP_START (seconds since the epoch) is when the whole began, and is
# handed on to scripts that a step starts.

STEP_START=${STEP_START:-$(date +%s)}
export STEP_START STEP_LOGS

note() {
  printf '[%4d s] %s\n' "$(($(date +%s) - STEP_START))" "$*"
}

step() {
  local name=$1 title=$2 began log status=0
  shift 2
  mkdir -p "$STEP_LOGS"
  log=$STEP_LOGS/$name.log
  began=$(date +%s)
  note "$title …"
  {
    TIMEFORMAT='%0U s of processor time, %0S s in the kernel'
    time "$@"
  } >"$log" 2>&1 </dev/null &
  local worker=$!
  (
    while sleep 15 </dev/null >/dev/null 2>&1; do
      note "$title … $(($(date +%s) - began)) s"
    done
  ) &
  local ticker=$!
  wait "$worker" || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [ "$status" -ne 0 ]; then
    printf '%s failed (exit status %d); the end of %s:\n' "$title" "$status" "$log" >&2
    tail -n 30 "$log" >&2
    exit "$status"
  fi
  note "$title: done in $(($(date +%s) - began)) s ($(tail -n 1 "$log"))"
}

# Functions for command-line tests.
# shellcheck shell=bash

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
# Sanitizers need memory and time of their own: tests of either have nothing to say of such a build.
measures() {
  [ ! "${COOPSEG_SANITIZED:-}" ] || skip "$1 is not measured in a build with sanitizers ($COOPSEG_SANITIZED)"
}
# A build without networks lacks the programs that train or run them: COOPSEG_PROGRAMS names those that there are.
built() { # PROGRAM...: prints those that there are
  local program
  for program in "$@"; do [[ " ${COOPSEG_PROGRAMS:-$program} " != *" $program "* ]] || echo "$program"; done
}
with_networks() { [ "$(built cs-predict)" ]; }
needs_networks() { with_networks || skip "this build has no networks"; }

# exits STATUS COMMAND...: the command must end with this status; its output is kept in ./stdout and ./stderr.
exits() {
  local wanted=$1 got=0
  shift
  "$@" >stdout 2>stderr || got=$?
  [ "$got" = "$wanted" ] || { cat stdout stderr >&2; fail "exit status $got, expected $wanted: $*"; }
}

# says FILE REGEX: a line of FILE matches.
says() { grep -Eq -- "$2" "$1" || { cat "$1" >&2; fail "$1 does not say: $2"; }; }
says_not() { ! grep -Eq -- "$2" "$1" || { cat "$1" >&2; fail "$1 says: $2"; }; }
# line_is FILE NUMBER <<'END': this line of FILE is the text that follows, with its line breaks left out.
line_is() { equal "$(sed -n "$2p" "$1")" "$(tr -d '\n')" "(line $2 of $1)"; }
one_line() { [ "$(wc -l <"$1")" -eq 1 ] || { cat "$1" >&2; fail "$1 is not one line"; }; }
equal() { [ "$1" = "$2" ] || fail "'$1' is not '$2' ${3:-}"; }
same_bytes() { cmp "$1" "$2" || fail "$1 and $2 differ"; }
absent() { [ ! -e "$1" ] || fail "$1 exists"; }
# No half-written file is left in FOLDER.
no_leftovers() {
  local found
  found=$(find "$1" -name '.*.tmp' | head -1)
  [ -z "$found" ] || fail "left behind: $found"
}
# wait_until PID COMMAND...: until the command succeeds; the test fails if process PID ends before that. Tests wait for
# events, never for a time: what is soon on one machine is late or early on another.
wait_until() {
  local pid=$1
  shift
  until "$@"; do
    kill -0 "$pid" 2>/dev/null || fail "process $pid ended before: $*"
    sleep 0.1 # each look costs processor time, which the process itself could use
  done
}
has_lines() { [ -e "$1" ] && [ "$(grep -c '' "$1" 2>/dev/null)" -ge "$2" ]; }  # FILE NUMBER
# Opens descriptor 4 for writing to a pipe that nobody reads any more.
open_closed_pipe() {
  mkfifo closed.pipe
  exec 3<>closed.pipe # a reader, without which the writer would wait for one
  exec 4>closed.pipe 3<&-
  rm closed.pipe
}
# A TCP port that nobody listens at.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}
# No process that this test has started, and that works in its folder, runs PROGRAM any more.
no_processes() {
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/cwd" 2>/dev/null)" = "$PWD" ] || continue
    [ "$(basename "$(readlink "$process/exe" 2>/dev/null)")" != "$1" ] || fail "left behind: process ${process#/proc/}"
  done
}
golden_dir() {
  local dir=${COOPSEG_GOLDEN_DIR:-${COOPSEG_GOLDEN_DIR_DEFAULT:-}}
  if [ -z "$dir" ] || [ ! -d "$dir" ]; then skip "no golden numbers (set COOPSEG_GOLDEN_DIR)"; fi
  echo "$dir"
}

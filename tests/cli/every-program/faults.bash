# Faults on demand (tests/support/faults.c) for tests that walk through the calls of a program.
# shellcheck shell=bash disable=SC2034
faults=$(dirname "$(command -v cs-list)")/faults.so
[ -e "$faults" ] || skip "no library of faults beside the programs (built with sanitizers)"
command -v python3 >/dev/null || skip "python3 is not installed"
faults_folder=$(dirname "${BASH_SOURCE[0]}")
whole() { python3 "$faults_folder/whole.py" "$@" || fail "a file is not whole"; }
# Where files can be written without a name, a killed process leaves none.
case $(stat -f -c %T .) in ext2/ext3 | tmpfs | xfs | btrfs) leaves_nothing=1 ;; *) leaves_nothing= ;; esac

# meets FAULT COMMAND...: the command with this fault; `status` is how it ends, what it says is in `err`.
meets() {
  status=0
  # What bash says of a killed process is no news.
  { (LD_PRELOAD=$faults FAULT=$1 exec "${@:2}") >stdout 2>err || status=$?; } 2>/dev/null
}
# calls_of COMMAND...: its writing calls, one a line, in the file `calls`.
calls_of() {
  rm -f calls
  env LD_PRELOAD="$faults" FAULT_LOG=calls "$@" >stdout 2>err || fail "$* ends with $?: $(cat err)"
}

#!/usr/bin/env bash
# Builds and tests what is committed in a minimal system of a Debian release, as a new user of that release would:
#   tests/house/debian.sh trixie                          as root, with debootstrap installed
#   tests/house/debian.sh trixie FOLDER                   the system's folder; without it /var/tmp/coopseg-RELEASE
#   tests/house/debian.sh trixie FOLDER demo JOBS=1       other arguments of `make -f Makefile.pipelines`
# The packages, and what the compiler made, stay in the folder for the next time; the source and the build are new each
# time, in FOLDER/root/coopseg, and so is the log, FOLDER/root/coopseg.log. Golden numbers are used where
# COOPSEG_GOLDEN_DIR names them. The folder holds no mounts and may be removed at any time.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8s/^# //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
release=$1 folder=${2:-/var/tmp/coopseg-$1}
shift $(($# > 1 ? 2 : 1))
[ $# -gt 0 ] || set -- test CMAKE_FLAGS=-DCOOPSEG_WERROR=ON
# shellcheck source=tests/house/minimal_system.bash
. "$here/minimal_system.bash"

minimal_system "$release" "$folder"
checkout=$system/root/coopseg
rm -rf "$checkout"
mkdir -p "$checkout"
git -C "$(git -C "$here" rev-parse --show-toplevel)" archive HEAD | tar -x -C "$checkout"
golden=()
if [ "${COOPSEG_GOLDEN_DIR:-}" ]; then
  system_binds+=("$(realpath "$COOPSEG_GOLDEN_DIR"):/root/golden")
  golden=(COOPSEG_GOLDEN_DIR=/root/golden)
fi
in_system apt-get install make
status=0
in_system env "${golden[@]}" make -C /root/coopseg -f Makefile.pipelines "$@" 2>&1 | tee "$checkout.log" || status=$?
echo "the log: $checkout.log"
exit "$status"

#!/usr/bin/env bash
# Runs one command-line test: run.sh CASE.sh FOLDER_OF_PROGRAMS
set -euo pipefail
case_file=$(realpath "$1")
export PATH=$2:$PATH
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The folder's name is written into the trap: no variable of a test may decide what is removed.
cd "$(mktemp -d)"
# shellcheck disable=SC2064
trap "chmod -R u+w '$PWD' 2>/dev/null; cd /; rm -rf '$PWD'" EXIT
# shellcheck source=tests/cli/lib.sh
source "$here/lib.sh"
# shellcheck disable=SC1090
source "$case_file"

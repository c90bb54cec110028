#!/usr/bin/env bash
# Runs one command-line test: run.sh CASE.sh FOLDER_OF_PROGRAMS
set -euo pipefail
case_file=$(realpath "$1")
export PATH=$2:$PATH
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder" 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
# shellcheck source=tests/cli/lib.sh
source "$here/lib.sh"
# shellcheck disable=SC1090
source "$case_file"

#!/usr/bin/env bash
# Clang-tidy finds nothing (.clang-tidy says what it looks for) in code without LibTorch: tidy.sh SOURCE BUILD [FILE ...]
set -euo pipefail
source_dir=$1 build=$2
shift 2
tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || { echo "skipped: clang-tidy is not installed"; exit 77; }
[ -s "$build/compile_commands.json" ] || { echo "skipped: no compile_commands.json in $build"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$source_dir"
checks=
if [ $# -eq 0 ]; then
  mapfile -t files < <(find apps lib/coopseg -name '*.cpp' -not -path '*/network/*' -not -path '*/training/*' | sort |
    while read -r file; do ! grep -q "/$file\"" "$build/compile_commands.json" || echo "$file"; done) # what is built
  set -- "${files[@]}"
  # These two take a third of the time, in the headers of libraries; named files are looked at with them, too.
  checks=-performance-unnecessary-value-param,-bugprone-reserved-identifier
fi
# A file that several programs are made of is looked at once, by itself: also where it is compiled together with others
# (a unity build), and without a header that GCC has compiled ahead.
python3 - "$build/compile_commands.json" "$scratch/compile_commands.json" <<'END'
import json, re, sys
commands = {}
for command in json.load(open(sys.argv[1])):
    file, words = command["file"], command["command"]
    words = re.sub(r"-Winvalid-pch |-include \S*/cmake_pch\.\S+ ", "", words)
    together = re.search(r"/unity_\d+_\w+\.\w+$", file)
    for one in re.findall(r'^#include "(.+\.cpp)"', open(file).read(), re.M) if together else [file]:
        commands[one] = dict(command, file=one, command=words.replace(file, one))
json.dump(list(commands.values()), open(sys.argv[2], "w"))
END
# Debian's ITK takes no compiler but the one that built it; see the header. Some
# pragmas are for it alone, too. Clang counts what it hides in headers.
status=0
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 "$tidy" --quiet -p "$scratch" --checks="$checks" \
  --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unknown-pragmas \
  "--extra-arg=-include$source_dir/cmake/itk_with_clang.h" \
  2>"$scratch/errors" || status=$?
grep -vE '^[0-9]+ warnings?( and [0-9]+ errors?)? (generated|treated as error)' "$scratch/errors" >&2 || true
exit $status

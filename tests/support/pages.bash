# shellcheck shell=bash
# The passages of commands in the README and in docs/, for the tests that run or check them.
#
# A passage is fenced and says what it is: ```sh, commands, or ```json, lines of JSON. Commands that no test can run here
# have a comment in the line before them that gives the reason: <!-- not run: REASON -->

# pages SOURCE: the README and all it leads to, in its order, relative to SOURCE.
pages() {
  echo README.md
  grep -oE '\]\(docs/[a-z-]+\.md\)' "$1/README.md" | sed 's/^](//; s/)$//'
}

# passages FILE FOLDER: FOLDER/01.sh and so on, in the page's order; .json for JSON, .not-run for what has a reason.
passages() {
  mkdir -p "$2"
  awk -v folder="$2" '
    !inside && /^```/ {
      inside = 1
      kind = substr($0, 4)
      if (kind == "sh" && before ~ /^<!-- not run: .+ -->$/) kind = "not-run"
      file = sprintf("%s/%02d.%s", folder, ++number, kind)
      printf "" >file
      next
    }
    inside && /^```$/ { inside = 0; close(file); next }
    inside { print >file }
    { before = $0 }' "$1"
}

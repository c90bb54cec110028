# shellcheck shell=bash
# The experiment with few labels, stopped in every stage and started again, ends with the same bytes; then it has nothing
# to do.
source "$(dirname "$case_file")/small_semi.bash"
rows=(METHODS="atso local-contrast" GENERATIONS=2)
runs whole.log semi OUT=whole "${rows[@]}" -j2

# stopped SIGNAL FILE: make and all it runs, as soon as there is FILE.
stopped() {
  (set -m; semi OUT=broken "${rows[@]}" -j2 >>broken.log 2>&1 & echo $! >group; wait $! || true) 2>/dev/null &
  local shell=$!
  wait_until "$shell" [ -s group ]
  wait_until "$shell" [ -e "$2" ]
  kill "-$1" -- "-$(cat group)"
  wait "$shell" || true
  rm group
  absent broken/report.html
}
stopped KILL broken/folds/0
stopped TERM broken/run/global-0-0/config.json
stopped KILL broken/run/supervised-2-0-0/log.jsonl
stopped TERM broken/run/atso-2-0-0/0/labels.0
stopped KILL broken/run/atso-2-0-0/1/config.json
stopped INT broken/run/atso-2-0-0/1/labels.1/cases.jsonl
stopped KILL broken/tasks/local-contrast-2-0-0.begun
runs log semi OUT=broken "${rows[@]}" -j2
same_bytes whole/table.md broken/table.md
# Half-written files of killed programs have names of their own.
diff -rq -x log.jsonl -x log.txt -x tasks -x '.*.tmp' -x '*checked*' -x report.html whole broken ||
  fail "the interrupted experiment gives other results"
cp broken/log.txt before
runs log semi OUT=broken "${rows[@]}"
same_bytes broken/log.txt before

# shellcheck shell=bash
# The demo, made small, stopped again and again in every stage and started again, ends with the same table and the same
# bytes; and started once more it has nothing to do.
demo() {
  exec make -f "$COOPSEG_SOURCE_DIR/share/pipelines/demo.mk" -j2 CROP=32 BATCH=4 ITERATIONS=12 TRAIN=3 \
    HEARTS="--size 32 --spacing 8 --slices 4 --seed 1" "$@"
}
(demo OUT=whole) >whole.log 2>&1 || { tail -30 whole.log; fail "the demo"; }
says whole.log '^\| cooperative \|'
says whole.log '^the report: whole/report.html'

# stopped SIGNAL FILE: the demo and all it runs, as soon as there is FILE.
stopped() {
  (set -m; demo OUT=broken >>broken.log 2>&1 & echo $! >group; wait $! || true) 2>/dev/null &
  local shell=$!
  wait_until "$shell" [ -s group ]
  wait_until "$shell" [ -e "$2" ]
  kill "-$1" -- "-$(cat group)"
  wait "$shell" || true
  rm group
  absent broken/report.html
}
stopped KILL broken/hearts/A/phantom002
stopped KILL broken/folds/0
stopped INT broken/tasks/cooperative-0-0.begun
stopped TERM broken/run/cooperative-0-0/log.jsonl
stopped KILL broken/run/standard-0-0/best.safetensors
stopped KILL broken/predicted/standard-0-0
stopped KILL broken/scores/standard-0-0/ftn
(demo OUT=broken) >log 2>&1 || { tail -30 log; fail "the demo after its interruptions"; }
same_bytes whole/table.md broken/table.md
# Half-written files of killed programs have names of their own.
diff -rq -x log.jsonl -x tasks -x '.*.tmp' -x '*checked*' -x report.html whole broken ||
  fail "the interrupted demo gives other results"
(demo OUT=broken) >log 2>&1
says_not log '^cs-'

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
# Of what runs the user sees a line a step, said once, and at the end a sentence and a picture; the rest is in the log.
says whole.log '^On corrupted images \(RandBias, RandGhosting, RandMotion, RandSpike\): cooperative has a mean Dice of 0\.'
equal "$(head -c 4 whole/picture.png | tail -c 3)" PNG
says_not whole.log '^cs-'
says whole/log.txt '^cs-train-coop --out whole/run/standard-0-0 '
says whole/log.txt '^cs-train-coop: [0-9]+ slices of '
for step in 'making synthetic hearts' 'training cooperative-0-0$' 'segmenting the test sets with standard-0-0'; do
  equal "$(grep -c "^$step" whole.log)" 1 "($step)"
done

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
# Equal models segment alike: those of one method, whose predictions are stopped, stand for both.
(demo OUT=broken broken/tasks/{standard,cooperative}-0-0.done) >log 2>&1 || { tail -30 log; fail "the trainings"; }
same_bytes {whole,broken}/run/standard-0-0/best.safetensors
rm -rf broken/predicted && mkdir broken/predicted
cp -r {whole,broken}/predicted/standard-0-0
stopped KILL broken/predicted/cooperative-0-0
stopped KILL broken/scores/cooperative-0-0/ftn
(demo OUT=broken) >log 2>&1 || { tail -30 log; fail "the demo after its interruptions"; }
same_bytes whole/table.md broken/table.md
# Half-written files of killed programs have names of their own.
diff -rq -x log.jsonl -x log.txt -x tasks -x '.*.tmp' -x '*checked*' -x report.html whole broken ||
  fail "the interrupted demo gives other results"
cp broken/log.txt before
(demo OUT=broken) >log 2>&1
same_bytes broken/log.txt before
(demo OUT=broken V=1 METRICS=dice,hd95) >log 2>&1
says log '^cs-dice '
same_bytes broken/log.txt before

# What fails is said with its own last words, and where the log is.
exits 2 make -f "$COOPSEG_SOURCE_DIR/share/pipelines/demo.mk" OUT=failing HEARTS="--size 7000000"
says stderr '^cs-phantom --out failing/hearts/A .*--size 7000000'
says stderr '^cs-phantom: error: --size'
says stderr '^The whole log is failing/log.txt; V=1 prints'

# shellcheck shell=bash
# A thousand small volumes through corruption, prediction and scores: memory grows by no more than the list's own lines,
# and each program is started once.
measures memory
[ -x /usr/bin/time ] || skip "no /usr/bin/time (Debian: time)"
cs-phantom --out raw --subjects 5 --sites 1 --size 32 --spacing 8 --slices 4 --seed 1
cs-preprocess --cases raw/cases.jsonl --spacing keep --out pre
cs-train-coop --cases pre/cases.jsonl --crop 32 --max-iterations 2 --batch-size 4 --out run
for i in $(seq 100); do sed "s/\"id\":\"/&s$i-/" pre/cases.jsonl; done >pre/1000.jsonl
head -10 pre/1000.jsonl >pre/10.jsonl

# peak OUT COMMAND...: kB that the command has had at most, at the end of the file OUT.
peak() { /usr/bin/time -a -o "$1" -f %M "${@:2}" >output 2>messages || { tail messages; fail "${*:2}"; }; }
for n in 10 1000; do
  peak corrupt cs-corrupt spike --cases pre/$n.jsonl --out bad$n --crop 32 --threads 2
  peak predict cs-predict --model run/best.safetensors --cases bad$n/cases.jsonl --out predicted$n --threads 2
  peak dice cs-dice --cases predicted$n/cases.jsonl --cases-out scores$n.jsonl --threads 2
done
equal "$(grep -c '"metrics"' scores1000.jsonl)" 1000 "scored cases"
for program in corrupt predict dice; do
  mapfile -t kb <$program
  echo "cs-$program: ${kb[0]} kB for 10 volumes, ${kb[1]} kB for 1000"
  [ $((10 * kb[1])) -lt $((12 * kb[0])) ] || fail "cs-$program: a fifth more memory for 1000 volumes than for 10"
done

# shellcheck shell=bash
# Killed or stopped at every single writing call, and with every single one failing: each file that is there is whole,
# an error names its file, and the same command then completes to the bytes of a run that was left alone.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
# shellcheck source=tests/cli/every-program/faults.bash
source "$(dirname "$case_file")/faults.bash"

# after FAULT COMMAND...: `out` goes to a folder of its own, looked at when all are there, and is completed.
after() {
  local fault=$1
  shift
  [ -d out ] || mkdir out # the fault came before it
  cp -a out "$met/$fault"
  LD_PRELOAD=$faults "$@" "${again[@]}" >stdout 2>err || fail "$fault: $* ${again[*]} ends with $?: $(cat err)"
  [ $met = met/tidy ] || find out -name '.*.tmp' -delete
  diff -r undisturbed out || fail "$fault: $1: another result than without the fault"
  rm -rf out
}
# walk FAULTS COMMAND...: the command writes into the folder `out`.
walk() {
  local faults_to_meet=$1 n call fault met
  shift
  rm -rf out met undisturbed
  mkdir -p met/killed met/tidy
  calls_of "$@"
  mv out undisturbed
  [ "$(grep -c '' calls)" -gt 8 ] || fail "$1 makes hardly any writing calls"
  echo "$1: $(grep -c '' calls) calls, $faults_to_meet"
  n=0
  while read -r call _; do
    n=$((n + 1))
    for fault in $faults_to_meet; do
      # What only removes does not fail; what is no write has no half.
      case $fault/$call in EIO/unlink | ENOSPC/unlink) continue ;; half/write*) ;; half/*) continue ;; esac
      meets "$fault@$n" "$@"
      case $fault in
        kill | half)
          [ $status = 137 ] || fail "$1 ends with $status, $fault at call $n, $call"
          met=met/killed
          ;;
        term)
          [ $status = 143 ] || fail "$1 ends with $status, SIGTERM within call $n, $call: $(cat err)"
          met=met/tidy
          ;;
        EIO | ENOSPC)
          # A name refused to a nameless file can be had in another way.
          if [ $status = 0 ] && [[ $fault/$call =~ ^EIO/(open|link) ]]; then
            diff -r undisturbed out || fail "$1: another result than without $fault at call $n"
            rm -r out
            continue
          fi
          [ $status = 1 ] || fail "$1 ends with $status, $fault at call $n, $call: $(cat err)"
          says err 'error: out[^:]*: .*(Input/output error|No space left on device)'
          met=met/tidy
          ;;
      esac
      after "$fault-$n" "$@"
    done
  done <calls
  whole met
  no_leftovers met/tidy
  if [ "$leaves_nothing" ] && [ -z "${FAULT_LACKS:-}" ]; then no_leftovers met; fi
}

again=(--skip-existing)
walk 'kill EIO' cs-phantom --out out --subjects 1 --size 32 --spacing 8 --slices 2 --seed 2
mv undisturbed hearts
walk 'kill EIO' cs-preprocess --cases hearts/cases.jsonl --spacing keep --out out
mv undisturbed ready
# That one case comes after another has been seen: one is enough from here on.
head -1 hearts/cases.jsonl >hearts/one.jsonl
walk 'term ENOSPC' cs-preprocess --cases hearts/one.jsonl --spacing keep --out out
walk 'kill EIO' cs-corrupt spike --cases ready/cases.jsonl --out out
mv undisturbed spoilt
# Without files that have no name yet (NFS), and without hard links, too (FAT): how a file gets its name.
head -1 ready/cases.jsonl >ready/one.jsonl
export FAULT_LACKS=tmpfile
walk 'half term EIO' cs-preprocess --cases hearts/one.jsonl --spacing keep --out out
FAULT_LACKS=tmpfile,link
walk 'kill EIO' cs-corrupt spike --cases ready/one.jsonl --out out
unset FAULT_LACKS
again=(--force)
sed -E 's/("label":("[^"]*"))/\1,"prediction":\2,"prediction_labels":{"LV":1,"MYO":2,"RV":3}/' ready/cases.jsonl \
  >ready/scored.jsonl
walk 'kill EIO ENOSPC' cs-dice --cases ready/scored.jsonl --cases-out out/cases.jsonl --csv out/scores.csv
cs-phantom --out more --subjects 3 --size 32 --spacing 8 --slices 4 --log-level error
walk 'kill term EIO ENOSPC' cs-split --cases more/cases.jsonl --train rest --test 1 --out out

# A limit on the size of files, in kB, is one more reason why a file cannot be written whole.
limited() {
  local status=0
  rm -rf out
  (ulimit -f "$1" && exec "${@:2}") >stdout 2>err || status=$?
  equal $status 1 "($2 under a limit of $1 kB: $(cat err))"
  says err 'error: out[^:]*: cannot be written: File too large'
  if [ -d out ]; then
    whole out
    no_leftovers out
  fi
  "${@:2}" "${again[@]}" >stdout 2>err || fail "$2 does not go on: $(cat err)"
}
again=(--skip-existing)
limited 2 cs-phantom --out out --subjects 1 --size 32 --spacing 8 --slices 2 --seed 2
diff -r -x one.jsonl hearts out || fail "cs-phantom: another result than without the limit"
if (ulimit -f 1 && exec cs-phantom --out out --subjects 1 --size 32 --spacing 8 --slices 2 --seed 3 --force) 2>err; then
  fail "no limit"
fi
same_bytes hearts/cases.jsonl out/cases.jsonl
limited 2 cs-preprocess --cases hearts/cases.jsonl --spacing keep --out out
diff -r -x one.jsonl -x scored.jsonl ready out || fail "cs-preprocess: another result than without the limit"
limited 2 cs-corrupt spike --cases ready/cases.jsonl --out out
diff -r spoilt out || fail "cs-corrupt: another result than without the limit"

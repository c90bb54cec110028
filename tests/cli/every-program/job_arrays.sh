# shellcheck shell=bash
# Tasks of a job array that are submitted again do their own part of the list, or nothing: once, with --array=2, a task
# took itself for the whole list, and with --array=0-6:2 some tasks worked as parts of another division.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
for i in 0 1 2 3; do
  make_nifti i$i.nii.gz 6 5 2 0 1.5 "$i" 10 20 30 40
  echo "{\"id\":\"p$i\",\"image\":\"i$i.nii.gz\"}"
done >list.jsonl
# task SHARD ID MIN MAX COUNT STEP
task() {
  SLURM_ARRAY_TASK_ID=$2 SLURM_ARRAY_TASK_MIN=$3 SLURM_ARRAY_TASK_MAX=$4 SLURM_ARRAY_TASK_COUNT=$5 \
    SLURM_ARRAY_TASK_STEP=${6:-1} cs-preprocess --cases list.jsonl --out pre --shard "$1" --skip-existing
}
joined() { cat pre/cases.{0..3}-of-4.jsonl >joined.jsonl; }
exits 0 cs-preprocess --cases list.jsonl --out whole
for i in 0 1 3; do exits 0 task slurm $i 0 3 4; done
exits 1 joined
says stderr 'cases.2-of-4.jsonl'

refused() { # ID MIN MAX COUNT STEP
  exits 2 task slurm "$@"
  says stderr 'error: --shard slurm: .*--shard slurm:[0-9N]'
  absent pre/cases.jsonl
}
refused 2 2 2 1    # --array=2
refused 2 0 6 4 2  # --array=0-6:2
refused 1 1 3 2    # --array=1,3
refused 1 1 4 4    # --array=1-4
refused 0 0 0 1    # --array=0, which may be the first of four
says stderr 'slurm:1 if it is the only task, else --shard slurm:N'
refused 1 0 1 2    # --array=0-1, beside the parts of four
says stderr 'give --shard slurm:4'
exits 2 env SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 cs-preprocess --cases list.jsonl \
  --out pre --shard slurm
says stderr 'SLURM_ARRAY_TASK_COUNT is not set; .*--shard slurm:N'
(export SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=0 SLURM_ARRAY_TASK_COUNT=1
exits 2 cs-preprocess --cases list.jsonl --out alone --shard slurm
absent alone
exits 0 cs-preprocess --cases list.jsonl --out alone --shard slurm:1)
same_bytes alone/cases.jsonl whole/cases.jsonl
exits 2 task slurm:4 4 1 4 4
says stderr 'the array has a task 4, the list.s parts are 0 to 3; count tasks from 0, as in --array=0-3'
exits 0 task slurm:4 2 2 2 1
joined
same_bytes joined.jsonl whole/cases.jsonl

# submit.sh sends tasks that know the total, and joins what is whole: a cluster of one computer, and a program that loses
# the list of one of its parts.
mkdir tools jobs predicted && export PATH=$PWD/tools:$PATH
cat >tools/sbatch <<'END'
#!/bin/bash
set -euo pipefail
words=()
while [ $# -gt 0 ]; do
  case $1 in
    --array=*) last=${1#--array=0-} ;;
    --wrap) wrap=$2 && shift ;;
    --*) ;;
    *) words+=("$1") ;;
  esac
  shift
done
echo 1
[ -z "${wrap:-}" ] || words=(-c "$wrap")
for ((i = 0; i <= ${last:-0}; ++i)); do SLURM_ARRAY_TASK_ID=$i bash "${words[@]}" >&2 || true; done
END
cat >tools/cs-predict <<'END'
#!/bin/bash
[[ " $* " == *" --shard slurm:2 "* ]] || exit 9
[ -e "lost$SLURM_ARRAY_TASK_ID" ] || echo "$SLURM_ARRAY_TASK_ID" >"predicted/cases.$SLURM_ARRAY_TASK_ID-of-2.jsonl"
END
printf '#!/bin/bash\ntrue\n' >tools/squeue
chmod +x tools/*
echo "predicted --model m --cases list.jsonl" >jobs/predictions.txt
touch lost1
exits 1 env SHARDS=2 POLL=1 bash "$COOPSEG_SOURCE_DIR/share/slurm/submit.sh" jobs
says stderr 'the lists of predictions.txt have not been joined'
absent predicted/cases.jsonl
rm lost1
exits 0 env SHARDS=2 POLL=1 bash "$COOPSEG_SOURCE_DIR/share/slurm/submit.sh" jobs
equal "$(xargs <predicted/cases.jsonl)" '0 1'

# So does the example, which cuts the list into tasks of fifty.
for ((i = 0; i < 51; ++i)); do echo; done >long.jsonl
printf '#!/bin/bash\ntrue\n' >tools/cs-dice
chmod +x tools/cs-dice
touch lost0 predicted/summary.txt
rm predicted/cases*
echo 'the list of before' >predicted/cases.jsonl
exits 0 bash "$COOPSEG_SOURCE_DIR/examples/slurm-array.sh" m long.jsonl predicted
says stderr 'cases.0-of-2.jsonl'
equal "$(<predicted/cases.jsonl)" 'the list of before'
rm lost0
exits 0 bash "$COOPSEG_SOURCE_DIR/examples/slurm-array.sh" m long.jsonl predicted
equal "$(xargs <predicted/cases.jsonl)" '0 1'

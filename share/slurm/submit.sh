#!/usr/bin/env bash
# submit.sh FOLDER: sends the tasks that the files in FOLDER name as job arrays, and waits for them: corruptions.txt and
# predictions.txt in SHARDS shards, trainings.txt a task a line; predictions begin when the others have succeeded.
# Settings: SHARDS=8, PARTITION and GPU_PARTITION, GPU=1 (trainings and predictions on a GPU), POLL=30, and what sbatch
# itself reads, as SBATCH_ACCOUNT; TRAIN_FLAGS, as "--time=48:00:00", are options of sbatch for the trainings.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}") folder=$1 shards=${SHARDS:-8}
cpu=(${PARTITION:+--partition="$PARTITION"})
gpu=("${cpu[@]}")
if [ "${GPU:-0}" = 1 ]; then gpu=(--gres=gpu:1 ${GPU_PARTITION:+--partition="$GPU_PARTITION"}); fi
read -ra train_flags <<<"${TRAIN_FLAGS:-}"

# send NAME FILE TASKS OPTION...: the array's id goes to FOLDER/jobs.
send() {
  local id
  id=$(sbatch --parsable --array="0-$(($3 - 1))" --output="$folder/%x-%A_%a.log" "${@:4}" \
    "$here/$1.sbatch" "$folder/$2")
  echo "${id%%;*}" >>"$folder/jobs"
  echo "$1.sbatch: job ${id%%;*}, $3 tasks" >&2
}
tasks() { [ -s "$folder/$1" ] && wc -l <"$folder/$1" || echo 0; }

rm -f "$folder"/*.done "$folder/jobs"
[ "$(tasks corruptions.txt)" = 0 ] || send corrupt corruptions.txt "$shards" "${cpu[@]}"
[ "$(tasks trainings.txt)" = 0 ] || send train trainings.txt "$(tasks trainings.txt)" "${gpu[@]}" "${train_flags[@]}"
if [ "$(tasks predictions.txt)" != 0 ]; then
  after=()
  [ ! -s "$folder/jobs" ] || after=(--dependency="afterok:$(paste -sd: "$folder/jobs")" --kill-on-invalid-dep=yes)
  send predict predictions.txt "$shards" "${gpu[@]}" "${after[@]}"
fi
bash "$here/wait.sh" "$folder"

# Whatever happened to the jobs, each task that has succeeded has left a mark.
missing=0
for file in corruptions:$shards trainings:"$(tasks trainings.txt)" predictions:$shards; do
  name=${file%:*}.txt
  [ "$(tasks "$name")" != 0 ] || continue
  for ((task = 0; task < ${file#*:}; ++task)); do
    [ -e "$folder/$name.$task.done" ] || { echo "task $task of $name has not succeeded" >&2; missing=1; }
  done
done
[ $missing = 0 ] || { echo "the logs are in $folder; started again, what is done is kept" >&2; exit 1; }

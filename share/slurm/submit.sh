#!/usr/bin/env bash
# submit.sh FOLDER: sends the tasks that the files in FOLDER name as job arrays, and waits for them: corruptions.txt and
# predictions.txt in SHARDS shards, whose lists are joined, trainings.txt a task a line; predictions begin when the
# others have succeeded.
# Settings: SHARDS=8, PARTITION and GPU_PARTITION, GPU=1 (trainings and predictions on a GPU), POLL=30, and what sbatch
# itself reads, as SBATCH_ACCOUNT; TRAIN_FLAGS, as "--time=48:00:00", are options of sbatch for the trainings. NODES=4:
# each training is shared by processes on four nodes, one on each, or with GPUS_PER_NODE=2 one for each of two GPUs.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}") folder=$1 shards=${SHARDS:-8}
export SHARDS=$shards  # so that tasks know the total, whichever of them are sent
cpu=(${PARTITION:+--partition="$PARTITION"})
gpu=("${cpu[@]}")
if [ "${GPU:-0}" = 1 ] || [ "${GPUS_PER_NODE:-}" ]; then
  gpu=(--gres=gpu:1 ${GPU_PARTITION:+--partition="$GPU_PARTITION"})
fi
read -ra train_flags <<<"${TRAIN_FLAGS:-}"
# Of options that are given twice sbatch takes the later ones.
shared=(${NODES:+--nodes="$NODES" --ntasks-per-node=1}
  ${GPUS_PER_NODE:+--ntasks-per-node="$GPUS_PER_NODE" --gres=gpu:"$GPUS_PER_NODE"})

# sent OPTION...: a job's id goes to FOLDER/jobs.
sent() {
  id=$(sbatch --parsable "$@")
  echo "${id%%;*}" >>"$folder/jobs"
}
# send NAME FILE TASKS OPTION...
send() {
  sent --array="0-$(($3 - 1))" --output="$folder/%x-%A_%a.log" "${@:4}" "$here/$1.sbatch" "$folder/$2"
  echo "$1.sbatch: job $id, $3 tasks" >&2
}
# join FILE: behind the job sent last, the parts of the lists in the folders that FILE names become one. Each part is
# named, so that one that is missing is an error; there may be no recipe, and a single part is the list itself.
join() {
  sent --job-name=cs-join --output="$folder/%x-%A.log" --time=10 "${cpu[@]}" --dependency="afterok:$id" \
    --kill-on-invalid-dep=yes --wrap "set -e
    if [ $shards -gt 1 ]; then while read -r out options; do for list in cases recipe; do
      [ \$list = cases ] || ls \$out/\$list.*-of-$shards.jsonl >/dev/null 2>&1 || continue
      cat \$(seq -w 0 $((shards - 1)) | sed \"s|.*|\$out/\$list.&-of-$shards.jsonl|\") >\$out/\$list.new
      mv \$out/\$list.new \$out/\$list.jsonl
    done; done <$folder/$1; fi
    touch $folder/$1.joined.done"
}
tasks() { [ -s "$folder/$1" ] && wc -l <"$folder/$1" || echo 0; }

rm -f "$folder"/*.done "$folder/jobs"
if [ "$(tasks corruptions.txt)" != 0 ]; then
  send corrupt corruptions.txt "$shards" "${cpu[@]}"
  join corruptions.txt
fi
[ "$(tasks trainings.txt)" = 0 ] || send train trainings.txt "$(tasks trainings.txt)" "${gpu[@]}" "${shared[@]}" \
  "${train_flags[@]}"
if [ "$(tasks predictions.txt)" != 0 ]; then
  after=()
  [ ! -s "$folder/jobs" ] || after=(--dependency="afterok:$(paste -sd: "$folder/jobs")" --kill-on-invalid-dep=yes)
  send predict predictions.txt "$shards" "${gpu[@]}" "${after[@]}"
  join predictions.txt
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
  [ "$name" = trainings.txt ] || [ -e "$folder/$name.joined.done" ] ||
    { echo "the lists of $name have not been joined" >&2; missing=1; }
done
[ $missing = 0 ] || { echo "the logs are in $folder; started again, what is done is kept" >&2; exit 1; }

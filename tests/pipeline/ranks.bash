# shellcheck shell=bash disable=SC2034
# Small trainings that several processes share.
source "$(dirname "$case_file")/../cli/cs-train-ftn/setup.bash"
source "$(dirname "$case_file")/cluster.bash"
how=(--seed 4 --save-every 0 --log-every 1)
command=("$trainer" "${train_options[@]}" "${how[@]}")
# What the processes have sent each other since they started differs, too, where they have started twice.
log_without_times() {
  sed -E 's/"(seconds|slices_per_s|data_wait_s)":[^,}]*/"\1":0/g; s/,"ranks":\{[^}]*\}//' "$1/log.jsonl"
}

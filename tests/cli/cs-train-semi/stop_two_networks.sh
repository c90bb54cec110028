# shellcheck shell=bash
# Two networks and their critic, and two tasks of one network, go on after a stop.
source "$(dirname "$case_file")/setup.bash"
make_data
# shellcheck disable=SC2034
train_options=(--cases train.jsonl --validate validate.jsonl --patch "32,16,16" --stride "16,16,16")
survives_a_stop duo --method duo --unlabelled unlabelled.jsonl --threads 2
state_has duo-whole student/ second/ critic/ optimiser/critic/ optimiser/segmenters/
survives_a_stop dtc --method dtc "${two_streams[@]}" --threads 2 --ramp-length 6
state_has dtc-whole student/vnet/out_conv2

# shellcheck shell=bash
# --symmetries adds la's turns and flips to another policy, as settings say; la has them, and uamt's flips exclude them.
source "$(dirname "$case_file")/setup.bash"
make_data
plan() { exits "$1" cs-train-semi "${train_options[@]}" --filters 2 --batch-size 2 --max-iterations 1 --plan --json "${@:2}"; }
plan 0 --augmentation mild
says_not stdout '"flip": ?"independent"'
plan 0 --augmentation mild --symmetries
says <(tr -d ' \n' <stdout) '"name":"mild","quarter_turns":true,"flip":"independent","flip_axes":"xy"'
plan 0 --symmetries
says <(tr -d ' \n' <stdout) '"name":"la","quarter_turns":true,"flip":"independent","flip_axes":"xy"'
plan 2 --augmentation uamt --symmetries
says stderr '--symmetries.*uamt'

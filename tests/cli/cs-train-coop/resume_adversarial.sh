# shellcheck shell=bash
# With an adversarial method, too: killed at any moment and resumed, the same bytes as a run that was left alone.
source "$(dirname "$case_file")/setup.bash"
make_data
survives_kills two --method adv-bias

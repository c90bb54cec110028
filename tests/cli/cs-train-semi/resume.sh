# shellcheck shell=bash
# Killed by SIGKILL between and within its writing calls, and resumed, a training on labelled and unlabelled volumes ends
# with the same bytes as one that was left alone.
source "$(dirname "$case_file")/setup.bash"
make_data
survives_kills two "${two_streams[@]}" --filters 2 --validate-every 1

# shellcheck shell=bash
# Killed by SIGKILL at any moment, again and again, and resumed: the same bytes as a run that was left alone.
source "$(dirname "$case_file")/setup.bash"
make_data
survives_kills all

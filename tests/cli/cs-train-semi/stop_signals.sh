# shellcheck shell=bash
# SIGTERM saves the state and stops with 143; --resume ends as if nothing had happened, with dropout's masks, too.
source "$(dirname "$case_file")/setup.bash"
make_data
survives_a_stop supervised "${two_streams[@]}"

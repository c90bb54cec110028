# shellcheck shell=bash
# Queues, heads and sampled places go on after a stop.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --threads 2 --ramp-length 6)
survives_a_stop cvrl --method cvrl "${options[@]}" --volume-queue 5
state_has cvrl-whole student/ teacher/ projection/ teacher_projection/ volume_projection/ queue/embeddings queue/cases
survives_a_stop secl --method secl "${options[@]}" --samples 8 --confidence 0.3
state_has secl-whole student/ teacher/ projection/ teacher_projection/

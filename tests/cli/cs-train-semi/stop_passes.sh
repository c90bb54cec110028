# shellcheck shell=bash
# The passes of an uncertain teacher go on after a stop; so does a weight that rises.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --threads 2 --ramp-length 6)
survives_a_stop uamt --method uamt "${options[@]}" --mc-passes 2
state_has uamt-whole student/ teacher/

# Where weights rise over --max-iterations, a longer training is another one, unless the rise is said.
train short --method mt "${two_streams[@]}" --max-iterations 1 2>err
exits 2 train short --method mt "${two_streams[@]}" --max-iterations 2 --resume
says stderr 'settings/parameters/ramp_length is 2, was 1'
train short --method mt "${two_streams[@]}" --max-iterations 2 --ramp-length 1 --resume 2>err

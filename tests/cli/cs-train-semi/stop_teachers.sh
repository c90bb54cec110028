# shellcheck shell=bash
# Teachers, their heads and the slices that are drawn go on after a stop, with two threads, too, as if there had been none.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --threads 2 --ramp-length 6)
survives_a_stop mt --method mt "${options[@]}"
state_has mt-whole student/vnet/ teacher/vnet/ optimiser/vnet/
survives_a_stop simcvd --method simcvd "${options[@]}" "${small_head[@]}" --contrast-slices 5
state_has simcvd-whole student/vnet/out_conv2 teacher/vnet/ projection/ teacher_projection/ optimiser/projection/

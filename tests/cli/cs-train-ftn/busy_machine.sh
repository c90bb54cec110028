# shellcheck shell=bash
# Beside programs that keep all processors busy, threads that wait do so asleep (spinning ones would make a step ten
# times slower), and the weights are those of a quiet machine.
source "$(dirname "$case_file")/setup.bash"
make_data
unset OMP_WAIT_POLICY
one=(--max-iterations 1 --threads 2)
train quiet "${one[@]}" 2>err
busy=()
for _ in 1 2; do
  while kill -0 $$ 2>/dev/null; do :; done & # no longer than this test, however it ends
  busy+=($!)
done
OMP_DISPLAY_ENV=true train crowded "${one[@]}" 2>err
grep -q "OMP_WAIT_POLICY = 'PASSIVE'" err || fail "waiting threads spin: $(grep WAIT err)"
kill "${busy[@]}"
same_run quiet crowded
# What the user has set stands.
OMP_WAIT_POLICY=active OMP_DISPLAY_ENV=true train spinning "${one[@]}" 2>err
grep -q "OMP_WAIT_POLICY = 'ACTIVE'" err || fail "the user's wait policy was overruled: $(grep WAIT err)"

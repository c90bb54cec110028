# shellcheck shell=bash
# A real SLURM runs the paper's experiment on made-up ACDC and M&Ms folders as job arrays; a training reaches its limit of
# time, is queued again and goes on; everything is the same, to the byte, as without SLURM.
for program in munged slurmctld slurmd sbatch; do
  command -v $program >/dev/null || skip "no $program (Debian: munge slurmctld slurmd slurm-client)"
done
source "$(dirname "$case_file")/cluster.bash"
source "$(dirname "$case_file")/acdc_layout.bash"
folder=$PWD
trap 'stop_cluster' EXIT

acdc_folders ACDC 6 --size 32 --spacing 8 --slices 4 --seed 1 2>/dev/null
mnms_folders MNMS 2 --size 32 --spacing 8 --slices 4 --seed 1 2>/dev/null
cat >small.json <<'END'
{"schema":"coopseg.splits/1","dataset":"acdc","about":"Six subjects.","id_width":3,"test":"5-6","unlabelled":"",
 "pool":"1-3","policies":{"tiny":{"about":"Three train.","train":["1-3"],"validate":["4"]}}}
END
experiment() {
  make -f "$COOPSEG_SOURCE_DIR/share/pipelines/acdc.mk" ACDC=ACDC MNMS=MNMS MNMS_BY=vendor PREPROCESS="--spacing keep" \
    POLICY="tiny --policies $folder/small.json" CROP=32 BATCH=4 ITERATIONS="$ITERATIONS" THREADS=1 \
    ARTEFACTS="--crop 32" "$@"
}
ITERATIONS=${ITERATIONS:-150}
start_cluster
experiment OUT=cluster-out SLURM=1 SHARDS=3 POLL=1 TRAIN_FLAGS="--time=1 --signal=B:USR1@50" >slurm-log 2>&1 &
pid=$!
wait $pid || { cat slurm-log cluster-out/slurm/*.log; fail "the experiment with SLURM"; }
experiment OUT=plain >log 2>&1 || { cat log; fail "the experiment without SLURM"; }

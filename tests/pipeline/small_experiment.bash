# shellcheck shell=bash
# The paper's experiment made small: six subjects of made-up ACDC, two of M&Ms.
source "$(dirname "$case_file")/acdc_layout.bash"

small_data() {
  acdc_folders ACDC 6 --size 32 --spacing 8 --slices 4 --seed 1 2>messages || { cat messages; fail "made-up ACDC"; }
  mnms_folders MNMS 2 --size 32 --spacing 8 --slices 4 --seed 1 2>messages || { cat messages; fail "made-up M&Ms"; }
  cat >small.json <<'END'
{"schema":"coopseg.splits/1","dataset":"acdc","about":"Six subjects.","id_width":3,"test":"5-6","unlabelled":"",
 "pool":"1-3","policies":{"tiny":{"about":"Three train.","train":["1-3","1-2"],"validate":["4","3-4"]}}}
END
}

# experiment VARIABLE=VALUE... GOAL...
experiment() {
  make -f "$COOPSEG_SOURCE_DIR/share/pipelines/acdc.mk" ACDC=ACDC MNMS=MNMS MNMS_BY=vendor PREPROCESS="--spacing keep" \
    POLICY="tiny --policies $PWD/small.json" CROP=32 BATCH=4 THREADS=1 ARTEFACTS="--crop 32" "$@"
}
# runs LOG COMMAND...: it must succeed.
runs() { "${@:2}" >"$1" 2>&1 || { tail -30 "$1"; fail "${*:2}"; }; }

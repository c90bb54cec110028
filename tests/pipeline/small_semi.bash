# shellcheck shell=bash
# The experiment with few labels made small: two labelled of seven synthetic hearts, two others to test on.

# semi VARIABLE=VALUE... GOAL...
semi() {
  make -f "$COOPSEG_SOURCE_DIR/share/pipelines/semi.mk" LABELLED=2 METHODS="supervised mt atso local-contrast" TEST=2 \
    HEARTS="--subjects 9 --sites 1 --frames ED --size 32 --spacing 6 --slices 4 --seed 1" PATCH=32,32 FILTERS=4 \
    BATCH=2,2 ITERATIONS=12 GENERATIONS=3 GLOBAL="--batch-size 4 --max-iterations 4" LOCAL="--max-iterations 4" \
    METRICS=dice "$@"
}
# runs LOG COMMAND...: it must succeed.
runs() { "${@:2}" >"$1" 2>&1 || { tail -30 "$1"; fail "${*:2}"; }; }

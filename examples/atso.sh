#!/usr/bin/env bash
# atso.sh [-n] LABELLED UNLABELLED OUT [OPTION...]: trains by ATSO, self-training in which no model learns from labels
# that it has made itself: from a list with labels and one without, with options of cs-train-semi. The model is
# OUT/6/last.safetensors. -n prints the steps; the script that does them says more. Settings: GENERATIONS, SUBSETS,
# START, TARGETS, LATER, FIRST, and PIPELINES, the folder of that script.
exec bash "${PIPELINES:-$(dirname "$0")/../share/pipelines}/atso.sh" "$@"

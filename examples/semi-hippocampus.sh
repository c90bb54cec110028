#!/usr/bin/env bash
# semi-hippocampus.sh LABELLED UNLABELLED TEST OUT: few-labels.sh on the Decathlon's hippocampi, with 3 labelled cases and
# with 10, the others of LABELLED joining UNLABELLED without their labels. Settings: CONFIGS, and those of few-labels.sh.
set -euo pipefail
here=$(dirname "$0")
COUNTS=${COUNTS:-3 10} "$here/few-labels.sh" "${CONFIGS:-$here/../share/configs}/hippocampus-semi.json" "$@"

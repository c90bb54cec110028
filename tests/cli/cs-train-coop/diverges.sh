# shellcheck shell=bash
# A loss that is no longer a number stops the run with its name and iteration; the last good state stays as it was.
source "$(dirname "$case_file")/setup.bash"
make_data
# Adam's first step of this size leaves finite weights, which are saved; what they give is not finite.
diverge() {
  exits 1 cs-train-coop --cases train.jsonl --validate validate.jsonl --crop 32 --batch-size 4 --out run --epochs 4 \
    --lr 1e30 --save-every 0.000001 "$@"
}
diverge
grep -v warning: stderr >errors
says errors "run: the loss '[a-z_]+' is -?(nan|inf) in iteration [0-9]+; the state of iteration [0-9]+ is kept"
before=$(sha256sum run/state.safetensors)
diverge --resume
says stderr "goes on after iteration [0-9]+"
says stderr "the loss '[a-z_]+' is -?(nan|inf) in iteration [0-9]+"
equal "$(sha256sum run/state.safetensors)" "$before" "(the state)"
no_leftovers run

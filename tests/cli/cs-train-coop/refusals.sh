# shellcheck shell=bash
# What cannot be trained is refused in one line that names it, and nothing is written.
source "$(dirname "$case_file")/setup.bash"
make_data
refuse() {
  local words=$1
  shift
  exits 2 cs-train-coop "${train_options[@]}" --out run "$@"
  one_line stderr
  says stderr "$words"
  absent run
}
refuse '--mask-threshold: .*\[0, 1\)' --mask-threshold 1
refuse '--mask-threshold: .*\[0, 1\)' --mask-threshold nan
refuse '--mask-threshold' --mask-threshold half
refuse '--mask: .*saliency' --mask saliency
refuse '--mask-ranking: .*salient' --mask-ranking salient
refuse '--latent-da: .*both' --latent-da both
refuse '--code: .*split' --code split
refuse '--hard-mask: .*--latent-da none' --latent-da none --hard-mask
refuse '--mask: .*--latent-da none' --latent-da none --mask channel

# A run goes on with its own method only.
train run --epochs 1 2>err
exits 2 train run --epochs 2 --resume --mask spatial
says stderr 'mask'
exits 2 train run --epochs 2 --resume --latent-da none
says stderr 'method'

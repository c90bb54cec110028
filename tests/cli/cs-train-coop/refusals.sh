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
refuse '--method: .*vat' --method vat
# Options of a method are for that method.
refuse '--latent-da: belongs to --method cooperative, not standard' --method standard --latent-da image
refuse '--mask: belongs to --method cooperative, not adv-bias' --method adv-bias --mask channel
refuse '--advbias-epsilon: belongs to --method adv-bias, not cooperative' --advbias-epsilon 0.4
refuse '--mwm-max-windows: belongs to --method rand-mwm, not adv-noise' --method adv-noise --mwm-max-windows 3
refuse '--hard-rescale: belongs to --method rand-mwm, adv-noise, adv-bias, not rand-conv' \
  --method rand-conv --hard-rescale false
refuse '--hard-weight: goes with --randconv-loss hard-example' --method rand-conv --hard-weight 2
refuse '--randconv-views: goes with --randconv-loss consistency' \
  --method rand-conv --randconv-loss hard-example --randconv-views 4
refuse '--advnoise-xi: goes with --advnoise-search power-iteration' \
  --method adv-noise --advnoise-search ascent --advnoise-xi 0.1
refuse '--advbias-epsilon: must be in \[0, 1\)' --method adv-bias --advbias-epsilon 1
refuse '--advbias-form: .*cube' --method adv-bias --advbias-form cube
refuse '--method rand-mwm: has no loss' --method rand-mwm --hard-weight 0
if LD_DEBUG=files train run --method adv-bias --advbias-epsilon 1 2>loader; then fail "a wrong epsilon was taken"; fi
says_not loader 'libtorch'
if LD_DEBUG=files train run --mask-threshold 1 2>loader; then fail "a wrong threshold was taken"; fi
says_not loader 'libtorch'
refuse '--advbias-downscale: 32 pixels cannot be divided by 3' --method adv-bias --advbias-downscale 3
refuse '--select: .*both' --select both
refuse '--calibrate-norms: .*-1' --calibrate-norms -1
refuse '--calibrate-norms: .*1000' --calibrate-norms 1001

# A run goes on with its own method only.
train run --epochs 1 2>err
exits 2 train run --epochs 2 --resume --mask spatial
says stderr 'mask'
exits 2 train run --epochs 2 --resume --latent-da none
says stderr 'method'
cp -r run older
sed -i '/"calibrate_norms"/d' older/config.json
exits 1 train older --epochs 2 --resume  # its state is of the other settings
says stderr 'state.safetensors: belongs to a run with other settings'
exits 2 train run --epochs 2 --resume --calibrate-norms 0
says stderr 'settings/calibrate_norms is missing'
exits 2 train run --epochs 2 --resume --select ftn
says stderr 'select'
exits 2 train run --epochs 2 --resume --method rand-mwm
says stderr 'method'
train bias --method adv-bias --epochs 1 2>err
exits 2 train bias --method adv-bias --epochs 2 --resume --advbias-epsilon 0.2
says stderr 'settings/parameters/advbias_epsilon is 0.2, was 0.3'

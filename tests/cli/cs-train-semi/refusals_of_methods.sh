# shellcheck shell=bash
# What a method cannot have is refused in one line that names the option, before LibTorch is loaded; what looks odd gets a
# warning.
source "$(dirname "$case_file")/setup.bash"
make_data
refuse() { # MESSAGE OPTIONS...
  exits 2 cs-train-semi --cases "${cases:-train.jsonl}" --out run --filters 2 "${@:2}"
  one_line stderr
  says stderr "error: $1"
  absent run
}
pool=(--unlabelled unlabelled.jsonl --patch "16,16,16")
for method in mt uamt dtc simcvd cvrl secl duo; do
  refuse "--method: $method learns from unlabelled cases, too, and there are none; give --unlabelled" \
    --method $method --patch 16,16,16
done
: >empty.jsonl
refuse 'empty.jsonl: holds no case' --method mt --unlabelled empty.jsonl
refuse '--batch-size: takes 4 labelled volumes at a time, the list has 2' --method mt "${pool[@]}" --batch-size 4,2
refuse '--batch-size: has no unlabelled patches, which mt learns from' --method mt "${pool[@]}" --batch-size 2,0
refuse '--batch-size: has no unlabelled patches, which secl learns from' --method secl "${pool[@]}" --batch-size 2
refuse '--batch-size: has 3 labelled patches, and 2 networks share them; give an even number' \
  --method duo "${pool[@]}" --batch-size 3,1
refuse '--ranks: has 2 processes share 1 unlabelled patches of a batch' --method mt "${pool[@]}" --batch-size 2,1 --ranks 2
refuse '--patch: leaves one voxel to the deepest stage' --method duo "${pool[@]}"
refuse '--patch: leaves one voxel to the deepest stage' --method mt "${pool[@]}" --batch-size 2,1
sed 's/"id"/"subject":"person",&/' train.jsonl >person.jsonl
cases=person.jsonl refuse '--batch-size: takes 2 labelled volumes at a time, the first half of the 1 labelled subjects has 0' \
  --method duo "${pool[@]}" --batch-size 4,2
cat unlabelled.jsonl train.jsonl >both.jsonl
refuse '--unlabelled: has 2 subjects of --cases, too: s1, s2; leave them out of one list, or give --allow-overlap' \
  --method mt --unlabelled both.jsonl --patch 16,16,16

# Of other methods, without use, or out of range.
refuse '--mc-passes: belongs to --method uamt, not mt; leave it out, or choose its method' --method mt "${pool[@]}" --mc-passes 3
refuse '--ema-decay: belongs to --method mt, uamt, simcvd, cvrl, secl, not dtc' --method dtc "${pool[@]}" --ema-decay 0.9
refuse '--ramp-length: belongs to .*, not supervised' --ramp-length 5
refuse '--ramp-step: goes with a --ramp-length above 0' --method mt "${pool[@]}" --ramp-length 0 --ramp-step 5
refuse '--contrast-tau: goes with a --contrast-weight above 0' --method simcvd "${pool[@]}" --contrast-weight 0 --contrast-tau 1
refuse '--critic-lr: goes with an --adversarial-weight above 0' --method duo "${pool[@]}" --adversarial-weight 0 --critic-lr 1
refuse '--confidence: goes with --sampling anatomical' --method secl "${pool[@]}" --sampling region --confidence 0.5
refuse '--confidence: 1 leaves no voxel' --method secl "${pool[@]}" --confidence 1
refuse '--ema-decay: must be in \[0, 1\]' --method mt "${pool[@]}" --ema-decay 1.5
refuse '--noise: must be a number from 0' --method mt "${pool[@]}" --noise nan
refuse '--consistency-weight: must be a number from 0' --method mt "${pool[@]}" --consistency-weight -1
refuse '--mc-passes: must be a whole number from 1 to 60' --method uamt "${pool[@]}" --mc-passes 0
refuse '--distance-steepness: must be a number above 0' --method dtc "${pool[@]}" --distance-steepness 0
for widths in 1,2 1,2,3,4 1,,3 0,1,1 a,b,c 65537,1,1; do
  refuse '--contrast-mlp: must be three whole numbers' --method simcvd "${pool[@]}" --contrast-mlp $widths
done
refuse '--contrast-mlp: 65536,65536,65536, behind slices of 1024 x 1024 \(--contrast-pool\), needs more than .* GB' \
  --method simcvd "${pool[@]}" --contrast-mlp 65536,65536,65536 --contrast-pool 1024
for terms in foo contrast,foo ',' none,contrast contrast,contrast ''; do
  refuse '--ramp-terms: must be some of contrast, distillation, consistency, or none' \
    --method simcvd "${pool[@]}" --ramp-terms "$terms"
done
refuse '--contrast-slices: must be a whole number from 0 to 1000000' --method simcvd "${pool[@]}" --contrast-slices 1000001
refuse '--consistency-outputs: ' --method simcvd "${pool[@]}" --consistency-outputs distance
refuse '--feature-stage: must be a whole number from 1 to 5' --method secl "${pool[@]}" --feature-stage 6
refuse '--samples: must be a whole number from 1' --method secl "${pool[@]}" --samples 0
refuse '--critic-lr: must be a number above 0' --method duo "${pool[@]}" --critic-lr 0
refuse '--faithful: |--faithful' --method duo "${pool[@]}" --faithful maybe
refuse '--lr: must be a number above 0, up to 1e\+09' --method mt "${pool[@]}" --lr 1e10
refuse '--lr-factor: .*so must be the learning rate in the end' "${pool[@]}" --lr-step 1 --lr-factor 100

# Dropout, norms, momenta and windows.
refuse '--no-dropout: is --dropout 0, and --dropout is given, too' --method mt "${pool[@]}" --no-dropout --dropout 0.3
refuse '--dropout: is of the network of volumes' --method mt --unlabelled unlabelled.jsonl --patch 16,16 --dropout 0.3
refuse '--norm: instance is of the network of volumes' --method mt --unlabelled unlabelled.jsonl --patch 16,16 --norm instance
refuse '--momentum: goes with --optimiser sgd' --method mt "${pool[@]}" --optimiser adam --momentum 0.5
refuse '--stride: has two sides, and the patch three; give X,Y,Z' --patch 16,16,16 --stride 8,8
refuse '--stride: 4 is larger' --patch 16,16 --stride 8,8,4
refuse '--patch: 1 is not a multiple of 16' --patch 16,1,16

# What --config says is no different.
echo '{"method":"mt","ema-decoy":0.9}' >options.json
refuse '--ema-decoy: no such option; did you mean --ema-decay' "${pool[@]}" --config options.json
echo '{"method":"mt","mc-passes":3}' >options.json
refuse '--mc-passes: belongs to --method uamt, not mt' "${pool[@]}" --config options.json

if LD_DEBUG=files cs-train-semi --cases train.jsonl "${pool[@]}" --out run --method mt --ema-decay 2 2>loader; then
  fail "a decay of 2 was taken"
fi
says_not loader 'libtorch'

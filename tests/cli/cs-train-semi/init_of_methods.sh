# shellcheck shell=bash
# Networks with and without the head of signed distances, and of two and three dimensions, are no beginnings of each other.
source "$(dirname "$case_file")/setup.bash"
make_data
train first --max-iterations 1 2>err
refuse() { # MESSAGE OPTIONS...
  exits 2 train refused --max-iterations 1 "${@:2}"
  one_line stderr
  says stderr "$1"
  absent refused
}
semi=("${two_streams[@]}" --method simcvd --contrast-pool 8 --contrast-mlp "8,8,8")
refuse '--init: .* tells no signed distances, which this method' "${semi[@]}" --init first/last.safetensors
train told --max-iterations 1 "${semi[@]}" 2>err
refuse '--init: told/last.safetensors tells signed distances, which this method' --init told/last.safetensors
train dtc --max-iterations 1 "${two_streams[@]}" --method dtc --init told/last.safetensors 2>err
says dtc/config.json "\"init_sha256\": \"$(sha256sum told/last.safetensors | cut -d' ' -f1)\""
# shellcheck disable=SC2034
train_options=(--cases train.jsonl --patch "16,16")
refuse '--init: first/last.safetensors is a model of the network V-Net, not U-Net' --init first/last.safetensors

# shellcheck shell=bash
# The shipped configurations are accepted and mean the paper's settings.
source "$(dirname "$case_file")/setup.bash"
make_data
sed -i 's/"labels":{[^}]*}/"dataset":"none"/' train.jsonl
plan() {
  cs-train-coop --config "$COOPSEG_SOURCE_DIR/share/configs/$1.json" --cases train.jsonl --batch-size 2 --crop 32 \
    --plan --json >plan 2>err
}
plan acdc-cooperative
says plan '"method": "cooperative"'
says plan '"mask": "random"'
says plan '"threshold": 0.5,'
says plan '"learning_rate": 0.0001,'
says plan '"parameters": 2528953,'
says plan '"iterations": 3600'
plan acdc-standard
says plan '"method": "standard"'
says_not plan '"mask"'
says plan '"parameters": 2528953,'
says_not plan '"parameters": {'
plan acdc-cooperative-image
says plan '"method": "cooperative"'
says plan '"shape": false,'
# The comparison methods' configurations name their defaults.
for method in rand-mwm rand-conv adv-noise adv-bias; do
  plan "acdc-$method"
  says plan "\"method\": \"$method\""
  sed -n '/"settings"/,/"seed"/p' plan >configured
  cs-train-coop --method "$method" --cases train.jsonl --labels LV:1,MYO:2,RV:3 --batch-size 2 --crop 32 --plan --json \
    >plan 2>err
  sed -n '/"settings"/,/"seed"/p' plan >default
  same_bytes configured default
done

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
# The comparison methods' configurations name their defaults, but that norms are not measured: what the help says of
# each option (a switch is off), and, for one of them, what a plan without a configuration has.
options=$(cs-train-coop --help-as json | tr -d '\n' | sed 's/"names"/\n&/g')
default_of() {
  local value
  value=$(sed -nE "s/^\"names\": *\[[^]]*\"--$1\".*\"default\": *\"?([^\"]*)\"?, *\"required\".*/\1/p" <<<"$options")
  echo "${value:-false}"
}
for method in rand-mwm rand-conv adv-noise adv-bias; do
  plan "acdc-$method"
  says plan "\"method\": \"$method\""
  says_not plan calibrate_norms  # as the paper did
  sed -nE 's/\.0(,?)$/\1/; s/^  "([a-z-]+)": "?([^"]*[^",])"?,?$/\1 \2/p' \
    "$COOPSEG_SOURCE_DIR/share/configs/acdc-$method.json" | grep -vE '^(comment|method|labels|calibrate-norms) ' >configured
  [ "$(wc -l <configured)" -gt 15 ] || fail "acdc-$method.json has hardly any settings"
  while read -r name value; do equal "$value" "$(default_of "$name")" "(--$name of acdc-$method.json)"; done <configured
done
sed -n '/"settings"/,/"seed"/p' plan >configured
cs-train-coop --method "$method" --cases train.jsonl --labels LV:1,MYO:2,RV:3 --batch-size 2 --crop 32 --calibrate-norms 0 \
  --plan --json >plan 2>err
sed -n '/"settings"/,/"seed"/p' plan >default
same_bytes configured default

# shellcheck shell=bash
# The agreement of a case's stages is what cs-dice finds between the label maps of two runs, whichever stage is asked
# for; it stands in the list and in the sidecar, stays with --skip-existing, and is nothing of a model of one stage.
source "$(dirname "$case_file")/setup.bash"
make_hearts
stage_model model.safetensors
run() { cs-predict --device cpu --model model.safetensors "$@" 2>messages; }
head -1 hearts/cases.jsonl >hearts/one.jsonl
dice() { # FOLDER FOLDER
  cs-dice "$1/phantom001/ED_pred.nii.gz" "$2/phantom001/ED_pred.nii.gz" --labels LV:1,MYO:2 --metrics dice --json |
    sed -n 's/.*"class":"\([A-Z]*\)".*"dice":\([0-9.e-]*\).*/"\1":\2/p' | paste -sd, | sed 's/.*/{&}/'
}
for keep in '' --largest-component; do
  for stage in ftn stn; do
    # shellcheck disable=SC2086
    run --stage $stage $keep --cases hearts/one.jsonl --out $stage$keep
    equal "$(field agreement_of $stage$keep/cases.jsonl 1)" '"stages"'
  done
  found=$(dice ftn$keep stn$keep)
  [ "$found" != '{}' ] || fail "cs-dice finds nothing"
  for stage in ftn stn; do
    equal "$(field agreement $stage$keep/cases.jsonl 1)" "$found" "of --stage $stage $keep"
    tr -d ' \n' <$stage$keep/phantom001/ED_pred.json >sidecar
    says sidecar "\"agreement_of\":\"stages\",\"agreement\":$found"
    says sidecar '"settings":{.*"agreement_of":"stages"'
    says_not sidecar review
  done
done
[ "$(dice ftn stn)" != "$found" ] || fail "the largest components are all there is"
# Of two steps the agreement is between the FTN's segmentation and the last one's.
run --stage stn --steps 2 --cases hearts/one.jsonl --out twice
equal "$(field agreement twice/cases.jsonl 1)" "$(dice ftn twice)"

# What is kept keeps its agreement, which the list has from the sidecar.
cp stn/cases.jsonl before.jsonl
exits 0 run --stage stn --skip-existing --cases hearts/one.jsonl --out stn
says messages '1 of 1 label maps were there already'
same_bytes stn/cases.jsonl before.jsonl
# One that does not tell of it, as older versions wrote it, is not up to date; nor one whose agreement is spoiled.
cp stn/phantom001/ED_pred.json sidecar
for change in '/^    "agreement_of"/d' 's/"agreement": {/"agreement": {"RV": 1,/' 's/"LV": 0.*/"LV": "all",/'; do
  sed "$change" sidecar >stn/phantom001/ED_pred.json
  exits 1 run --stage stn --skip-existing --cases hearts/one.jsonl --out stn
  says messages 'ED_pred.*exists'
done

# A list that tells of another prediction's agreement.
sed 's/}$/,"agreement":{"LV":1},"agreement_of":"models","review":true,"models":[]}/' hearts/one.jsonl >hearts/old.jsonl
make_model
run --cases hearts/old.jsonl --out one
for word in agreement review '"models"'; do
  says_not one/cases.jsonl "$word"
  says_not one/phantom001/ED_pred.json "$word"
done

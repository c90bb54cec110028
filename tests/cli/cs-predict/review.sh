# shellcheck shell=bash
# --review marks the cases whose stages agree less than it says, in the list alone, and names them, the worst first;
# another limit needs no new prediction. Without two stages it is refused, as is a number that no mean Dice can be below
# or above.
source "$(dirname "$case_file")/setup.bash"
make_hearts
stage_model model.safetensors
run() { cs-predict --device cpu --model model.safetensors "$@"; }
for number in 0 -0.1 1.01 nan inf; do
  exits 2 run --review $number --cases hearts/cases.jsonl --out out
  says stderr '--review: must be above 0 and at most 1'
done
exits 2 run --review half --cases hearts/cases.jsonl --out out
says stderr '--review'
absent out

run --cases hearts/cases.jsonl --out plain --log-level error
means=$(for line in 1 2 3 4; do
  field agreement plain/cases.jsonl $line | sed 's/.*"LV":\([^,]*\),"MYO":\([^}]*\)}/\1 \2/' |
    awk -v line=$line '{ printf "%.9f %d\n", ($1 + $2) / 2, line }'
done | sort -n)
# Between the second and the third of four.
below=$(awk 'NR == 2 { low = $1 } NR == 3 { printf "%.9f", (low + $1) / 2 }' <<<"$means")
exits 0 run --review "$below" --cases hearts/cases.jsonl --out some
says stderr "warning: 2 of 4 segmented images want to be looked at, since their stages agree less than $below: phantom"
named() { sed -n 's/.*looked at.*: \(phantom.*\)/\1/p' stderr | sed 's/ ([0-9.]*)//g'; }
cases=(x 'phantom001 ED' 'phantom001 ES' 'phantom002 ED' 'phantom002 ES')
mapfile -t order < <(awk '{ print $2 }' <<<"$means")
equal "$(named)" "${cases[${order[0]}]}, ${cases[${order[1]}]}"
for place in 0 1 2 3; do
  line=${order[$place]} mark=''
  says_not "some/${cases[$line]/ //}_pred.json" review
  [ $place -ge 2 ] || mark=true
  equal "$(field review some/cases.jsonl "$line")" "$mark" "${cases[$line]}"
done
# Marks are made again of label maps that were there already, by whatever limit, and go without one.
cp some/cases.jsonl before.jsonl
exits 0 run --review "$below" --skip-existing --cases hearts/cases.jsonl --out some
says stderr '2 of 4 segmented images want to be looked at'
same_bytes some/cases.jsonl before.jsonl
for limit in 1:4 .9999:4 0.001:0 none:0; do
  option=(--review "${limit%:*}")
  [ "$limit" != none:0 ] || option=()
  exits 0 run "${option[@]}" --skip-existing --cases hearts/cases.jsonl --out some
  says stderr '4 of 4 label maps were there already'
  equal "$(grep -c '"review":true' some/cases.jsonl)" "${limit#*:}" "marks below $limit"
done
same_bytes some/cases.jsonl plain/cases.jsonl
exits 0 run --review 1 hearts/phantom001/ED_img.nii.gz one.nii.gz
says stderr '1 of 1 segmented images want to be looked at, since their stages agree less than 1: ED_img.nii.gz \(0\.'
exits 0 run --review 0.001 hearts/phantom001/ED_img.nii.gz fine.nii.gz
says_not stderr 'looked at'

# Of many the worst ten are named; what cannot be segmented does not count.
for n in {11..22}; do echo "{\"id\":\"$n\",\"image\":\"hearts/phantom001/ED_img.nii.gz\"}"; done >many.jsonl
echo '{"id":"23","image":"none.nii.gz"}' >>many.jsonl
exits 1 run --review 1 --cases many.jsonl --out many
says stderr '12 of 12 segmented images .*: 11 \(0\.[0-9]*\), 12 .*, 20 \(0\.[0-9]*\), 2 more$'

make_model
exits 2 run --review 0.8 hearts/phantom001/ED_img.nii.gz none.nii.gz
one_line stderr
says stderr '--review: needs two stages or two models, and model.safetensors has one stage'
absent none.nii.gz

# shellcheck shell=bash
# --labelled N: exactly N cases of whole subjects keep their labels, the lines of the others lose them; the seed decides,
# not the order of the list.
case_of() { # ID SUBJECT
  echo "{\"id\":\"$1\",\"image\":\"$1.nii\",\"label\":\"$1_seg.nii\",\"labels\":{\"A\":1},\"labelled_slices\":[0],\"distance\":\"$1_d.nii\"," \
    "\"true_label\":\"$1_true.nii\",\"true_labels\":{\"A\":1},\"true_labelled_slices\":[0]," \
    "\"distance_classes\":[\"A\"],\"subject\":\"$2\",\"dataset\":\"d\"}"
}
{
  for n in 1 2 3 4 5 6; do case_of "h$n" "single$n"; done
  for n in 7 8; do case_of "h$n" "pair1"; case_of "h${n}b" "pair2"; done
} >cases.jsonl
for seed in 0 1 2 3 4 5; do
  for n in 1 3 9; do
    exits 0 cs-split --cases cases.jsonl --labelled $n --unlabelled rest --seed $seed --out "few$n-$seed"
    equal "$(wc -l <"few$n-$seed/labelled.jsonl")" $n
    equal "$(grep -c '"label":.*"labels":.*"distance":.*"split":"labelled"' "few$n-$seed/labelled.jsonl")" $n
    equal "$(wc -l <"few$n-$seed/unlabelled.jsonl")" $((10 - n))
    equal "$(grep -cE 'label"|labels"|labelled_slices|distance|true' "few$n-$seed/unlabelled.jsonl" || true)" 0
    for pair in pair1 pair2; do
      [[ $(grep -c $pair "few$n-$seed/labelled.jsonl") =~ ^[02]$ ]] || fail "$pair is divided"
    done
  done
done
[ "$(cat few3-?/labelled.jsonl | sort -u | wc -l)" -gt 4 ] || fail "the seed changes nothing"
grep -q pair few9-0/labelled.jsonl || fail "no pair among nine of ten"
shuf --random-source=<(yes) cases.jsonl >other.jsonl
exits 0 cs-split --cases other.jsonl --labelled 3 --seed 1 --out other
equal "$(sort other/labelled.jsonl)" "$(sort few3-1/labelled.jsonl)"
# Without --out one list, and those without label show it in it, too.
exits 0 cs-split --cases cases.jsonl --labelled 3 --seed 1
equal "$(grep -c '"label":' stdout)" 3
equal "$(wc -l <stdout)" 10

# Pairs alone: odd numbers are out of reach, and the error says which are not.
grep pair cases.jsonl >pairs.jsonl
exits 2 cs-split --cases pairs.jsonl --labelled 3 --out x
says stderr '--labelled: 3 cases are wanted.*nearest are 2 and 4'
exits 2 cs-split --cases pairs.jsonl --labelled 1 --out x
says stderr 'nearest are 2$'
exits 2 cs-split --cases cases.jsonl --labelled 11 --out x
says stderr '11 cases are wanted.*have 10 in all.*nearest are 10'
exits 2 cs-split --cases cases.jsonl --labelled 10 --out x
says stderr 'none is left'
# By another field, a subject is another: with --group id every case is its own.
exits 0 cs-split --cases pairs.jsonl --labelled 3 --group id --out by-id
equal "$(wc -l <by-id/labelled.jsonl)" 3
exits 2 cs-split --cases cases.jsonl --labelled 3 --group person --out x
says stderr "--group: h1 has no field 'person'"
# A subject of which a case has no label is none to choose.
sed '1,6s/"label":"[^"]*",//' cases.jsonl >partly.jsonl
exits 0 cs-split --cases partly.jsonl --labelled 4 --out partly
equal "$(grep -c pair partly/labelled.jsonl)" 4
exits 2 cs-split --cases partly.jsonl --labelled 5 --out x
says stderr 'have 4 in all'

# Test subjects beside them have labels, and are the same for every N.
for n in 1 2; do exits 0 cs-split --cases partly.jsonl --labelled $n --test 2 --seed 4 --group id --out "tested$n"; done
equal "$(grep -c '"label":' tested1/test.jsonl)" 2
same_bytes tested1/test.jsonl tested2/test.jsonl
equal "$(cat tested2/{labelled,unlabelled,test}.jsonl | wc -l)" "$(wc -l <partly.jsonl)"

for options in '--labelled 0' '--labelled -1' '--labelled x' '--labelled 99999999999999999999' '--labelled 2 --train 3' '--labelled 2 --test 9' \
  '--labelled 2 --parts 2' '--labelled 2 --unlabelled 3' '--labelled 2 --stratify subject' '--labelled 2 --by subject'; do
  # shellcheck disable=SC2086
  exits 2 cs-split --cases cases.jsonl $options --out x
  absent x
done
exits 2 cs-split --cases cases.jsonl --labelled 3 --out few3-0
says stderr '--force'
exits 0 cs-split --cases cases.jsonl --train 3 --test rest --out sizes
exits 2 cs-split --cases cases.jsonl --labelled 3 --out sizes
says stderr 'sizes/train.jsonl: is of another division'

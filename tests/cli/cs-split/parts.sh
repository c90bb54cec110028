# shellcheck shell=bash
# --parts K: whole subjects in turn, as the list has them, into NAME.0.jsonl ...; --group says who is one subject.
for n in 1 2 3 4 5; do
  for f in a b; do echo "{\"id\":\"p$n\",\"frame\":\"$f\",\"image\":\"d/p$n$f.nii\",\"person\":\"q$((n / 2))\"}"; done
done >cases.jsonl
ids() { sed 's/.*"id":"\([^"]*\)".*/\1/' "$1" | uniq | tr '\n' ' '; }
exits 0 cs-split --cases cases.jsonl --parts 2 --out new/pool
equal "$(echo new/*)" 'new/pool.0.jsonl new/pool.1.jsonl'
equal "$(ids new/pool.0.jsonl)" 'p1 p3 p5 '
equal "$(ids new/pool.1.jsonl)" 'p2 p4 '
equal "$(wc -l <new/pool.0.jsonl)" 6
says new/pool.0.jsonl '"image":"../d/p1a.nii".*"split":"0"'
exits 0 cs-split --cases cases.jsonl --parts 2 --group person --out by-person
equal "$(ids by-person.0.jsonl)" 'p1 p4 p5 '
equal "$(ids by-person.1.jsonl)" 'p2 p3 '
# A field `subject` is the person where every case has it.
sed 's/"person"/"subject"/' cases.jsonl >subjects.jsonl
exits 0 cs-split --cases subjects.jsonl --parts 2 --out by-subject
equal "$(ids by-subject.0.jsonl)" 'p1 p4 p5 '
exits 0 cs-split --cases subjects.jsonl --train 1 --test rest --out sizes
equal "$(sed 's/.*"subject":"\([^"]*\)".*/\1/' sizes/train.jsonl | sort -u | wc -l)" 1
sed '1s/"subject"/"other"/' subjects.jsonl >most.jsonl
exits 0 cs-split --cases most.jsonl --parts 2 --out by-id
equal "$(ids by-id.0.jsonl)" 'p1 p3 p5 '
exits 0 cs-split --cases cases.jsonl --parts 2
equal "$(grep -c '"split":"1"' stdout)" 4

exits 2 cs-split --cases cases.jsonl --parts 6 --out x
says stderr '6 parts are wanted, the list has 5 subjects'
for options in '--parts 0' '--parts -1' '--parts 1.5' '--parts 2 --seed 3' '--parts 2 --policy acdc-standard'; do
  # shellcheck disable=SC2086
  exits 2 cs-split --cases cases.jsonl $options --out x
done
exits 2 cs-split --cases cases.jsonl --parts 2 --out new/pool
says stderr 'new/pool.0.jsonl.*--force'
exits 0 cs-split --cases cases.jsonl --parts 3 --out new/pool --force
exits 2 cs-split --cases cases.jsonl --parts 2 --out new/pool --force
says stderr 'new/pool.2.jsonl: is of another division'
exits 2 cs-split --cases new/pool.0.jsonl --parts 1 --out new/pool --force
says stderr 'new/pool.0.jsonl'

# shellcheck shell=bash
# Numbers and fractions: everybody in one part, the same parts for a list in another order, others for another seed.
for i in $(seq 1 30); do
  site=leeds; [ "$i" -gt 20 ] && site=lima
  for f in ED ES; do echo "{\"id\":\"p$i\",\"frame\":\"$f\",\"image\":\"p$i/${f}_img.nii.gz\",\"site\":\"$site\"}"; done
done >cases.jsonl
exits 0 cs-split --cases cases.jsonl --train 0.7 --val 0.1 --test 0.2 --stratify site --out parts
equal "$(cat parts/*.jsonl | wc -l)" 60
equal "$(sed 's/.*"id":"\([^"]*\)".*/\1/' parts/train.jsonl | sort -u | wc -l)" 21
equal "$(grep -c lima parts/train.jsonl)" 14
equal "$(grep -c lima parts/validate.jsonl)" 2
absent parts/unlabelled.jsonl
for a in train validate test; do
  sed 's/.*"id":"\([^"]*\)".*/\1/' parts/$a.jsonl | sort -u
done | sort | uniq -d >twice
[ ! -s twice ] || fail "in two parts: $(cat twice)"

tac cases.jsonl >turned.jsonl
exits 0 cs-split --cases turned.jsonl --train 0.7 --val 0.1 --test 0.2 --stratify site --out turned --threads 4
tac turned/train.jsonl | same_bytes - parts/train.jsonl
exits 0 cs-split --cases cases.jsonl --train 0.7 --val 0.1 --test 0.2 --stratify site --seed 1 --out other
! cmp -s other/train.jsonl parts/train.jsonl || fail "the seed changes nothing"

# Without --out one list with the field "split" goes to standard output, in the input's order, through a pipe.
cs-split --cases - --train 12 --test rest <cases.jsonl >divided 2>messages
equal "$(grep -c '"split":"train"' divided)" 24
equal "$(sed 's/,"split":"[a-z]*"//' divided | cmp - cases.jsonl && echo same)" same
exits 0 cs-split --cases divided --by split --out by
equal "$(wc -l <by/test.jsonl)" 36

# --validate is what the trainings call that list; --val is the same.
exits 0 cs-split --cases cases.jsonl --train 0.7 --validate 0.1 --test 0.2 --stratify site --out named
diff -r parts named || fail "--validate and --val differ"
exits 2 cs-split --cases cases.jsonl --train 1 --validate 0.1 --val 2
exits 2 cs-split --cases cases.jsonl --train 1 --val none
says stderr '^cs-split: error: --validate: '
exits 0 cs-split --cases cases.jsonl --train 3 --val 2
says stderr '25 of 30 subjects are in no part'
exits 2 cs-split --cases cases.jsonl --train 20 --test 11
says stderr 'need 31 subjects, the list holds 30'
exits 2 cs-split --cases cases.jsonl --train 1.5
exits 2 cs-split --cases cases.jsonl --train 5 --stratify scanner
says stderr "no field 'scanner'"
exits 2 cs-split --cases cases.jsonl
exits 2 cs-split --cases cases.jsonl --train 5 --policy acdc-standard
exits 2 cs-split --cases cases.jsonl --policy acdc-standard --seed 1
exits 2 cs-split --cases cases.jsonl --by frame --stratify site
exits 2 cs-split --train 5

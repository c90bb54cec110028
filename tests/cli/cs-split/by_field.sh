# shellcheck shell=bash
# A field's values divide cases, even those of one subject, and a warning says that subjects are in several parts.
for i in 1 2; do
  for f in ED ES; do
    for kind in bias spike; do
      echo "{\"id\":\"p$i\",\"frame\":\"$f\",\"image\":\"p$i/$f$kind.nii.gz\",\"artefact\":\"$kind\",\"site\":\"s$i\"}"
    done
  done
done >cases.jsonl
exits 0 cs-split --cases cases.jsonl --by artefact --out kinds
equal "$(echo kinds/*)" 'kinds/bias.jsonl kinds/spike.jsonl'
equal "$(sed 's|"\.\./|"|g' kinds/bias.jsonl | sed 's/,"split":"bias"//')" "$(grep bias cases.jsonl)"
equal "$(grep -c spike kinds/spike.jsonl)" 4
equal "$(grep -c 'warning' stderr)" 1
says stderr '2 subjects have cases in several parts \(first: p1, in bias and spike\)'
exits 0 cs-split --cases cases.jsonl --by artefact
equal "$(grep -c '"split":"bias"' stdout)" 4
equal "$(grep -c '"split":"spike"' stdout)" 4
exits 0 cs-split --cases cases.jsonl --by site --out sites
says_not stderr 'several parts'
equal "$(wc -l <sites/s2.jsonl)" 4

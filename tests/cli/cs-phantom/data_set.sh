# shellcheck shell=bash
# A data set has for each subject ED and ES images and label maps with sidecars, and a list that names them.
cs-phantom --out hearts --subjects 3 --sites 2 --size 48 --spacing 4 --slices 6 --preview hearts.png --cases-out - >list
equal "$(wc -l <hearts/cases.jsonl)" 6
equal "$(wc -l <list)" 6
says hearts/cases.jsonl '"id":"phantom002".*"image":"phantom002/ES_img.nii.gz".*"frame":"ES"'
says hearts/cases.jsonl '"label":"phantom002/ES_seg.nii.gz"'
says hearts/cases.jsonl '"labels":\{"LV":1,"MYO":2,"RV":3\}'
says list '"image":"hearts/phantom003/ED_img.nii.gz"'
equal "$(grep -c '"site":"A"' list)" 4
equal "$(grep -c '"site":"B"' list)" 2
equal "$(grep -c '"dataset":"phantom"' list)" 6
for frame in ED ES; do
  for kind in img seg; do
    [ -s hearts/phantom003/${frame}_$kind.nii.gz ] || fail "no ${frame}_$kind"
    says hearts/phantom003/${frame}_$kind.json '"schema": "coopseg.sidecar/1"'
  done
done
says hearts/phantom002/ED_img.json '"site": "B"'
says hearts/phantom002/ED_img.json '"lv_volume_ml": [0-9]'
equal "$(head -c 4 hearts.png | tail -c 3)" PNG
no_leftovers hearts

# shellcheck shell=bash
# ACDC's folders become a case list: ED and ES as Info.cfg names them, labels and clinical facts, natural order.
for n in 002 010; do
  id=patient$n
  mkdir -p "data/training/$id"
  printf 'ED: 1\nES: 12\nGroup: DCM\nHeight: 184.0\nNbFrame: 30\nWeight: 95.0\n' >"data/training/$id/Info.cfg"
  touch "data/training/$id/${id}_4d.nii.gz"
  for f in 01 12; do touch "data/training/$id/${id}_frame$f.nii.gz" "data/training/$id/${id}_frame${f}_gt.nii.gz"; done
done
exits 0 cs-list acdc data
equal "$(wc -l <stdout)" 4
[ ! -s stderr ] || fail "a complete data set is listed with messages"
line_is stdout 4 <<'END'
{"id":"patient010","frame":"ES","image":"data/training/patient010/patient010_frame12.nii.gz",
"label":"data/training/patient010/patient010_frame12_gt.nii.gz","subset":"training","frame_number":12,"group":"DCM",
"height_cm":184.0,"weight_kg":95.0,"frame_count":30,"dataset":"acdc","labels":{"RV":1,"MYO":2,"LV":3}}
END

# An image without a label is listed without one, and a warning counts them.
rm data/training/patient002/patient002_frame12_gt.nii.gz
exits 0 cs-list acdc data
equal "$(grep -c '"label"' stdout)" 3
says stderr '1 of 4 images have no label'

# A subject that cannot be listed is named, the others are listed, and the exit status says so.
rm data/training/patient002/Info.cfg
exits 1 cs-list acdc data
equal "$(wc -l <stdout)" 2
says stderr 'patient002 is left out: .*Info.cfg'

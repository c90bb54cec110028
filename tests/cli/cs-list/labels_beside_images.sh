# shellcheck shell=bash
# Label maps that lie beside their images, and are called as these and some more, are no images (M&Ms-2, renamed ACDC).
mkdir -p mm2/001 mm2/002 acdc/patient001
touch mm2/001/001_SA_{ED,ES}{,_gt}.nii.gz mm2/002/002_SA_ED{,_gt}.nii.gz mm2/002/002_SA_ES_gt.nii.gz
exits 0 cs-list glob mm2 --image '{id}/{id}_SA_{frame}.nii.gz' --label '{id}/{id}_SA_{frame}_gt.nii.gz'
equal "$(wc -l <stdout)" 3
equal "$(grep -c '"label":' stdout)" 3
says_not stdout '"frame":"E._gt"'
says stderr 'warning: mm2 holds 1 label maps without an image'
touch acdc/patient001/patient001_frame{01,12}{,_gt}.nii.gz
for label in '{id}/{id}_frame{frame}_gt.nii.gz' '{id}/{id}_frame{frame}_*.nii.gz'; do
  exits 0 cs-list glob acdc --image '{id}/{id}_frame{frame}.nii.gz' --label "$label"
  equal "$(grep -c '"label":.*_gt.nii.gz' stdout)" 2
  equal "$(wc -l <stdout)" 2
done
says stderr 'warning: 2 files are labels of other cases and not listed as images'
# An image that has a label is no label of another: which of the two it is, nobody knows.
mkdir digits
touch digits/p1.nii.gz digits/p10.nii.gz digits/p10s.nii.gz
exits 1 cs-list glob digits --image '{id}.nii.gz' --label '{id}?.nii.gz'
says stderr 'error: digits/p10.nii.gz: is the label of p1 and an image that has a label .*more specific'

# shellcheck shell=bash
# Label maps that lie beside their images, and are called as these and some more, are no images (M&Ms-2, renamed ACDC).
mkdir -p mm2/001 mm2/002 acdc/patient001
touch mm2/001/001_SA_{ED,ES}{,_gt}.nii.gz mm2/002/002_SA_ED{,_gt}.nii.gz mm2/002/002_SA_ES_gt.nii.gz
exits 0 cs-list glob mm2 --image '{id}/{id}_SA_{frame}.nii.gz' --label '{id}/{id}_SA_{frame}_gt.nii.gz'
equal "$(wc -l <stdout)" 3
equal "$(grep -c '"label":' stdout)" 3
says_not stdout '"frame":"E._gt"'
says stderr 'warning: mm2 holds 1 label map without an image'
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
# Images that are called as their labels and some more look like labels of images that are not there (p1_0000_0000).
mkdir -p suffix/q && touch suffix/p1{,_0000}.nii.gz suffix/p2_0000.nii.gz suffix/q/ED{,_img}.nii.gz
exits 0 cs-list glob suffix --image '{id}_0000.nii.gz' --label '{id}.nii.gz'
equal "$(cut -d'"' -f4 <stdout | xargs)" 'p1 p2'
says stdout '"image":"suffix/p1_0000.nii.gz","label":"suffix/p1.nii.gz"'
says_not stderr 'warning: suffix holds|labels of other'
exits 0 cs-list glob suffix --image '{id}/{frame}_img.nii.gz' --label '{id}/{frame}.nii.gz'
says stdout '"frame":"ED","image":"suffix/q/ED_img.nii.gz","label":"suffix/q/ED.nii.gz"'
one_line stdout
# One answer, whichever pattern says so.
mkdir chain && touch chain/p1{,_gt,_gt_gt}.nii.gz
for label in '{id}_gt.nii.gz' '{id}_gt*.gz'; do
  exits 1 cs-list glob chain --image '{id}.nii.gz' --label "$label"
  says stderr 'error: chain/p1_gt.nii.gz: is the label of p1 and an image that has a label|error: .*has two labels'
done
# Label maps have no number where their images have one.
mkdir repeats && touch repeats/p1_{1,2}{,_gt}.nii.gz
exits 0 cs-list glob repeats --image '{id}_{repeat}.nii.gz' --label '{id}_{repeat}_gt.nii.gz'
equal "$(grep -c '"label":.*"repeat":[12]' stdout)" 2
equal "$(wc -l <stdout)" 2

# shellcheck shell=bash
# Files that were not fetched (git-annex, DataLad) are links to nothing: no subject vanishes without a word. Folders that
# are links are searched, and links that lead in circles end.
mkdir -p g/images g/labels c/p{1,2,3} m/A{1,2,3} m2/00{1,2} e/Case_N00{1,2}/Images a/patient00{1,2} store
touch store/{1,3}.nii.gz
for i in 1 2 3; do
  ln -s "$PWD/store/$i.nii.gz" g/images/p$i.nii.gz
  ln -s "$PWD/store/$i.nii.gz" c/p$i/ED_img.nii.gz
  ln -s "$PWD/store/$i.nii.gz" m/A$i/A${i}_sa.nii.gz
  touch g/labels/p$i.nii.gz c/p$i/ED_seg.nii.gz m/A$i/A${i}_sa_gt.nii.gz
done
printf 'External code,ED,ES\nA1,0,1\nA2,0,1\nA3,0,1\n' >m/t.csv
for i in 1 2; do
  for frame in ED ES; do ln -s "$PWD/store/$i.nii.gz" m2/00$i/00${i}_SA_$frame.nii.gz; done
  ln -s "$PWD/store/$i.nii.gz" e/Case_N00$i/Images/Case_N00$i.nii.gz
  printf 'ED: 1\nES: 9\n' >a/patient00$i/Info.cfg
  for frame in 01 09; do ln -s "$PWD/store/$i.nii.gz" a/patient00$i/patient00${i}_frame$frame.nii.gz; done
done
for words in 'glob g --image images/{id}.nii.gz --label labels/{id}.nii.gz' 'coopseg c' 'mnms m' 'mnms2 m2' 'emidec e' \
  'acdc a'; do
  read -ra list <<<"$words"
  exits 0 cs-list "${list[@]}"
  says stdout '"id":"[^"]*2"'
  says stderr 'warning: 1 listed file leads nowhere, as in a data set that was not fetched|warning: 2 listed files lead'
done
exits 0 cs-list coopseg c --cases-out c.jsonl
exits 1 cs-check --cases c.jsonl
says stderr 'c/p2/ED_img.nii.gz: unreadable'

# A folder that was not fetched, or leads in a circle; a file that leads to itself.
ln -s nowhere c/p4
ln -s ../c c/p1/up
ln -s loop_img.nii.gz c/p3/loop_img.nii.gz
exits 0 cs-list coopseg c
equal "$(cut -d'"' -f4 <stdout | xargs)" 'p1 p2 p3 p3'
says stderr 'warning: 1 link leads nowhere.*may stand for a folder of cases \(first: c/p4\)'
ln -s . a/again
ln -s nowhere a/patient003
exits 0 cs-list acdc a
equal "$(wc -l <stdout)" 4
says stderr 'first: a/patient003'
ln -s ../../g g/images/circle
mkdir other && touch other/q1.nii.gz && ln -s ../../other g/images/linked
exits 0 cs-list glob g --image '**/{id}.nii.gz' --label 'labels/{id}.nii.gz'
equal "$(cut -d'"' -f4 <stdout | xargs)" 'p1 p2 p3 q1'
ln -s nowhere g/p9
exits 0 cs-list glob g --image '**/{id}.nii.gz' --label 'labels/{id}.nii.gz'
says stderr 'first: g/p9'
says stderr 'warning: 1 link leads'

# Names with dots are names of folders, too; those that say what a file is are none.
ln -s nowhere c/1.2.840
ln -s nowhere c/p.3
ln -s nowhere c/notes.txt
exits 0 cs-list coopseg c
says stderr 'warning: 3 links lead nowhere.*\(first: c/1.2.840\)'
mkdir -p dots/1.5 b/sub-01/anat && touch dots/1.5/x_img.nii.gz b/sub-01/anat/sub-01_T1w.nii.gz
ln -s nowhere dots/2.5
ln -s nowhere b/sub-03.x
exits 0 cs-list glob dots --image '{id}/x_img.nii.gz'
says stderr 'first: dots/2.5'
exits 0 cs-list bids b
says stderr 'first: b/sub-03.x'
# Where nothing was fetched, no other layout helps.
mkdir n none
echo '{"channel_names":{"0":"MRI"},"file_ending":".nii.gz"}' >n/dataset.json
ln -s nowhere n/imagesTr
ln -s nowhere none/images
exits 1 cs-list nnunet n
says stderr "error: n: holds no case .*; 1 link leads nowhere.*\(first: n/imagesTr\); fetch the data set"
exits 1 cs-list glob none --image 'images/{id}.nii.gz'
says stderr 'error: none: holds no case .*; 1 link leads nowhere.*\(first: none/images\)'

# Nothing is found twice: a folder stands under its own name, whatever links lead to it, before or after it.
mkdir -p t/training/patient001 t2
printf 'ED: 1\nES: 9\n' >t/training/patient001/Info.cfg
touch t/training/patient001/patient001_frame{01,09}.nii.gz
ln -s training t/link
ln -s training/patient001 t/patient002
exits 0 cs-list acdc t
equal "$(grep -c '"image":"t/training/patient001/' stdout)" 2
equal "$(wc -l <stdout)" 2
says_not stderr 'error|link|same name'
ln -s "$PWD/t/training" t2/links
exits 0 cs-list acdc t2
equal "$(grep -c '"subset":"links"' stdout)" 2
ln -s p2 c/a
ln -s sub-01 b/sub-00
exits 0 cs-list coopseg c
equal "$(cut -d'"' -f4 <stdout | xargs)" 'p1 p2 p3 p3'
exits 0 cs-list bids b
equal "$(wc -l <stdout)" 1

# shellcheck shell=bash
# Archives packed on a Mac hold ._NAME beside every NAME: as in a shell, neither * nor {id} takes them for images.
mkdir -p data/images data/labels data/.hidden/images
for id in p1 p2; do
  touch data/{images,labels}/$id.nii.gz data/{images,labels}/._$id.nii.gz data/.hidden/images/$id.nii.gz
done
lists() { # IDS PATTERN...
  exits 0 cs-list glob data --image "${@:2}"
  equal "$(cut -d'"' -f4 <stdout | xargs)" "$1" "(--image ${*:2})"
  says_not stdout '\._|hidden'
}
lists 'p1 p2' 'images/{id}.nii.gz' --label 'labels/{id}.nii.gz'
equal "$(grep -c '"label":' stdout)" 2
lists 'p1.nii p2.nii' 'images/{id}*.gz'
lists 'p1 p2' '{part}/{id}.nii.gz' --label 'labels/{id}.nii.gz'
lists 'p1 p2' '**/images/{id}.nii.gz'
lists '1 2' '**images/*{id}.nii.gz'
# A dot that is written out is meant.
exits 0 cs-list glob data --image '.hidden/images/{id}.nii.gz'
equal "$(wc -l <stdout)" 2
exits 0 cs-list glob data --image '**/images/._{id}.nii.gz'
equal "$(wc -l <stdout)" 2

# shellcheck shell=bash
# Any layout can be listed with patterns; places in braces become fields.
mkdir -p data/images/leeds data/labels
touch data/images/leeds/p1_ED_0000.nii.gz data/images/leeds/p1_ES_0000.nii.gz data/labels/p1_ED.nii.gz
exits 0 cs-list glob data --image 'images/{site}/{id}_{frame}_0000.nii.gz' --label 'labels/{id}_{frame}.nii.gz'
line_is stdout 1 <<'END'
{"id":"p1","frame":"ED","image":"data/images/leeds/p1_ED_0000.nii.gz","label":"data/labels/p1_ED.nii.gz",
"site":"leeds","dataset":"data"}
END
says stderr '1 of 2 images have no label'
exits 2 cs-list glob data --image 'images/*.nii.gz'
says stderr "'images/\*.nii.gz'|\{id\}"
exits 2 cs-list glob data
exits 1 cs-list glob data --image '{id}.mha'
says stderr 'no file matches --image'

# shellcheck shell=bash
# The layout nnunet: both versions of dataset.json, channels in files of their own, parts with and without labels,
# regions, and what is missing or not meant.
mkdir -p D/{imagesTr,labelsTr,imagesTs,labelsTs}
touch D/imagesTr/{p1,p2}_000{0,1}.nii.gz D/labelsTr/p{1,2}.nii.gz D/imagesTs/p3_000{0,1}.nii.gz
touch D/imagesTr/._p1_0000.nii.gz D/labelsTr/._p1.nii.gz
echo '{"channel_names":{"0":"T2","1":"ADC"},"labels":{"background":0,"PZ":1,"TZ":2},"file_ending":".nii.gz"}' >D/dataset.json
exits 0 cs-list nnunet D
equal "$(wc -l <stdout)" 3
line_is stdout 1 <<'END'
{"id":"p1","image":"D/imagesTr/p1_0000.nii.gz","label":"D/labelsTr/p1.nii.gz",
"channels":{"T2":"D/imagesTr/p1_0000.nii.gz","ADC":"D/imagesTr/p1_0001.nii.gz"},"split":"training","dataset":"D",
"labels":{"PZ":1,"TZ":2}}
END
says stdout '^\{"id":"p3","image":"D/imagesTs/p3_0000.nii.gz","channels":.*"split":"test","dataset":"D"\}$'
touch D/labelsTs/p3.nii.gz
exits 0 cs-list nnunet D
says stdout '"id":"p3",.*"label":"D/labelsTs/p3.nii.gz",.*"labels":\{"PZ":1,"TZ":2\}'
mv stdout second
# What was not drawn has a name there, too.
sed 's/"TZ":2/&,"ignore":3/' D/dataset.json >with && mv D/dataset.json without && mv with D/dataset.json
exits 0 cs-list nnunet D
says stdout '"id":"p1",.*"labels":\{"PZ":1,"TZ":2,"ignore":3\}'
mv without D/dataset.json
# Version 1 says the same in other words.
echo '{"modality":{"0":"T2","1":"ADC"},"labels":{"0":"background","1":"PZ","2":"TZ"}}' >D/dataset.json
exits 0 cs-list nnunet D
same_bytes stdout second
# Regions are no label values; what only they hold is called by its number.
echo '{"channel_names":{"0":"T2","1":"ADC"},"labels":{"background":0,"whole":[1,2,3],"core":[2,3],"enhancing":[3]}}' \
  >D/dataset.json
exits 0 cs-list nnunet D
says stdout '"labels":\{"1":1,"2":2,"enhancing":3\}'
says stderr 'warning: D/dataset.json: "labels" has regions .*\(whole, core\); called by their numbers: 1, 2$'

# Missing channels, surplus ones, labels that lead nowhere, other files.
rm D/imagesTr/p2_0001.nii.gz
ln -sf nowhere D/labelsTs/p3.nii.gz
touch D/imagesTr/p4_000{0,1,2}.nii.gz D/imagesTr/readme.txt D/imagesTr/plain.nii.gz D/labelsTr/p9.nii.gz
exits 1 cs-list nnunet D
equal "$(cut -d'"' -f4 <stdout | tr '\n' ' ')" 'p1 p3 '
says stderr 'error: p2 is left out: D/imagesTr/p2_0001.nii.gz: does not exist; it would be channel ADC'
says stderr 'warning: 1 listed file leads nowhere, .*\(first: D/labelsTs/p3.nii.gz\)'
says stderr 'error: p4 is left out: .*channel 2 of p4, dataset.json names 2'
says stderr 'warning: D/imagesTr holds 2 files not called ID_0000.nii.gz'
says stderr 'warning: D/labelsTr holds 1 label map without an image'
rm D/imagesTr/p*
cp second D/imagesTr/p1_0000.nii.gz
echo '{"channel_names":{"0":"T2"},"labels":{}}' >D/dataset.json
ln -s p1_0000.nii.gz D/imagesTr/p2_0000.nii.gz
rm D/imagesTs/* D/labelsTs/*
exits 0 cs-list nnunet D
equal "$(wc -l <stdout)" 2 "cases, one of them a link"
says_not stdout channels
echo '{"channel_names":{"0":"T2"},"labels":{"background":1,"LV":2}}' >D/dataset.json
exits 1 cs-list nnunet D
says stderr 'D/dataset.json: label "background" has value 1, and what is no class has 0'

refused() { # WORDS
  exits 1 cs-list nnunet D
  says stderr "error: D(/dataset.json)?: .*$1"
  [ ! -s stdout ] || fail "something is listed"
}
echo '{"channel_names":{"0":"T2"},"file_ending":".png"}' >D/dataset.json; refused 'file ending ".png"'
echo '{"channel_names":{"0":"T2"},"file_ending":7}' >D/dataset.json; refused 'file ending 7'
echo '{"channel_names":{"0":"T2"},"dataset":{}}' >D/dataset.json; refused 'lists its files itself'
echo '{"channel_names":"T2"}' >D/dataset.json; refused 'does not name the channels'
echo '{"labels":{}}' >D/dataset.json; refused 'channel_names'
echo '{"channel_names":{"0":"T2"}}' >D/dataset.json; rm D/imagesTr/p*; refused 'imagesTr/ID_0000.nii.gz'
exits 2 cs-list nnunet D --suffix T1w
says stderr "belongs to the layout 'bids'"

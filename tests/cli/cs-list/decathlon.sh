# shellcheck shell=bash
# The layout msd: what dataset.json names is listed, with names, parts and channels; what is missing is an error and does
# not keep the others from being listed; a description that lies is refused by name.
mkdir -p Task01/{imagesTr,labelsTr,imagesTs}
touch Task01/imagesTr/b{1,2,10}.nii.gz Task01/labelsTr/b{1,2,10}.nii.gz Task01/imagesTs/t1.nii.gz
touch Task01/imagesTr/._b1.nii.gz
cat >Task01/dataset.json <<'END'
{"name":"BRATS","modality":{"0":"FLAIR","1":"T1w"},"labels":{"0":"background","1":"edema","2":"core"},
 "training":[{"image":"./imagesTr/b10.nii.gz","label":"./labelsTr/b10.nii.gz"},
  {"image":"./imagesTr/b1.nii.gz","label":"./labelsTr/b1.nii.gz"},
  {"image":"./imagesTr/b2.nii.gz","label":null}],
 "test":["./imagesTs/t1.nii.gz"]}
END
exits 0 cs-list msd Task01
equal "$(wc -l <stdout)" 4
line_is stdout 1 <<'END'
{"id":"b1","image":"Task01/imagesTr/b1.nii.gz","label":"Task01/labelsTr/b1.nii.gz","frame_index":0,
"channels":{"FLAIR":{"file":"Task01/imagesTr/b1.nii.gz","frame_index":0},
"T1w":{"file":"Task01/imagesTr/b1.nii.gz","frame_index":1}},"split":"training","dataset":"Task01",
"labels":{"edema":1,"core":2}}
END
line_is stdout 4 <<'END'
{"id":"t1","image":"Task01/imagesTs/t1.nii.gz","frame_index":0,
"channels":{"FLAIR":{"file":"Task01/imagesTs/t1.nii.gz","frame_index":0},
"T1w":{"file":"Task01/imagesTs/t1.nii.gz","frame_index":1}},"split":"test","dataset":"Task01"}
END
says stderr 'warning: 2 of 4 images have no label'
exits 0 cs-list msd Task01 --cases-out lists/deep/task.jsonl
says lists/deep/task.jsonl '"T1w":\{"file":"../../Task01/imagesTr/b1.nii.gz","frame_index":1\}'

# What is not there: a file, a link's target, an image of its own. What is beside: counted.
touch Task01/imagesTr/more.nii.gz
rm Task01/labelsTr/b1.nii.gz
ln -sf ../.git/annex/b2 Task01/imagesTr/b2.nii.gz
exits 1 cs-list msd Task01
equal "$(cut -d'"' -f4 <stdout | tr '\n' ' ')" 'b2 b10 t1 '
says stderr 'error: b1 is left out: Task01/labelsTr/b1.nii.gz: does not exist'
says stderr 'warning: 1 listed file leads nowhere, .*\(first: Task01/imagesTr/b2.nii.gz\)'
says stderr 'warning: .*imagesTr holds 1 image that .*dataset.json does not name'
sed 's#"./labelsTr/b10#"./imagesTr/b10#' Task01/dataset.json >same.json
mv same.json Task01/dataset.json
exits 1 cs-list msd Task01
says stderr 'b10 is left out: .*image and as label'

# One channel is no choice.
mkdir one && mkdir one/i one/l && touch one/i/._h1.nii one/i/h1.nii one/l/h1.nii
described() { printf '%s\n' "{\"training\":[{\"image\":\"i/h1.nii\",\"label\":\"l/h1.nii\"}${2:-}],$1}" >one/dataset.json; }
described '"modality":{"0":"MRI"},"labels":{"0":"background","1":"Anterior","2":"Posterior"}' ',{"image":"i/._h1.nii"}'
exits 0 cs-list msd one
line_is stdout 1 <<'END'
{"id":"h1","image":"one/i/h1.nii","label":"one/l/h1.nii","split":"training","dataset":"one",
"labels":{"Anterior":1,"Posterior":2}}
END
says stderr 'warning: .*names 1 hidden file, which is not listed'
# Labels that are none get a warning and no names.
for labels in '{"1":null}' '{"1":"a/b"}' '{"x":"A"}' '{"1":"A","01":"B"}' '{"-1":"A"}' '{"70000":"A"}' '{"A":1e9}' '{"A":[]}'; do
  described "\"labels\":$labels"
  exits 0 cs-list msd one
  says_not stdout '"labels"'
  says stderr 'warning: one/dataset.json: "labels" gives no short class names'
done
# Channels of names that tell nothing go by number.
described '"modality":{"0":"MRI","1":"MRI"}'
exits 0 cs-list msd one
says stdout '"channels":\{"0":\{"file":"one/i/h1.nii","frame_index":0\},"1"'

refused() { # WORDS
  exits 1 cs-list msd one
  one_line stderr
  says stderr "error: one/dataset.json.*$1"
  [ ! -s stdout ] || fail "something is listed"
}
described '"modality":{"1":"MRI"}'; refused 'number its channels'
described '"modality":[]'; refused 'name the channels'
described '"test":7'; refused 'not a list'
for path in '"/etc/passwd"' '"../h.nii"' '"i/../../h.nii"' '""' 7 '{}' '"i/"' '"i/a\u0000b.nii"'; do
  described '"a":1' ",{\"image\":$path}"; refused 'entry 2 of "training"'
done
described '"a":1' ',{"image":"i/h.png"}'; refused 'h.png'
described '"a":1' ',{"image":"l/h1.nii"}'; refused 'h1 twice'
echo '{"training":{}}' >one/dataset.json; refused 'no list "training"'
echo '[1]' >one/dataset.json; refused 'not a JSON object'
echo '{"training":' >one/dataset.json; refused ''
rm one/dataset.json
refused ''

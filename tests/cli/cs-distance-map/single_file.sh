# shellcheck shell=bash
# The single-file form: one 4D file with a frame for each class, on the label's own grid, with a sidecar that names them.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
# Two rows of one slice: the values stand along the first axis, 1.5 mm apart.
make_nifti seg.nii.gz 7 2 1 0 1.5 0 3 3 3 3 3 5
one_row() { floats_of "$1" | cut -d' ' -f"$2"; }

exits 0 cs-distance-map seg.nii.gz out.nii
[ ! -s stdout ] || fail "something on standard output"
equal "$(size_of out.nii)" "7 2 1"
equal "$(one_row out.nii 1,2,4,6,7)" "1 0 -1 0 1"
equal "$(one_row out.nii 15,18,21)" "1 0.5 0"
says out.json '"spacing": "voxel"'
says out.json '"normalise": "crop"'
equal "$(tr -d ' \n' <out.json | grep -o '"frames":\[[^]]*\]')" '"frames":["3","5"]'

exits 0 cs-distance-map --spacing mm --normalise none seg.nii.gz mm.nii
equal "$(one_row mm.nii 1-7)" "1.5 0 -3 -4.5 -3 0 1.5"
exits 0 cs-distance-map --normalise none --labels a:3,b:5,c:7 --classes c,b seg.nii.gz two.nii
equal "$(one_row two.nii 1-7)" "0 0 0 0 0 0 0" "(a class that is nowhere)"
equal "$(one_row two.nii 15-21)" "6 5 4 3 2 1 0"
equal "$(tr -d ' \n' <two.json | grep -o '"frames":\[[^]]*\]')" '"frames":["c","b"]'
make_nifti full.nii.gz 3 2 1 0 1.5 4
exits 0 cs-distance-map full.nii.gz full_out.nii
equal "$(floats_of full_out.nii)" "0 0 0 0 0 0"

# A frame of a 4D label map.
make_nifti cine.nii.gz 3 1 1 2 1.5 0 0 1 2 0 0
exits 0 cs-distance-map --normalise none --frame 1 --labels x:1,y:2 --classes y cine.nii.gz frame.nii
equal "$(floats_of frame.nii)" "0 1 2"
exits 1 cs-distance-map cine.nii.gz x.nii
says stderr 'cine.nii.gz.*2 frames'
exits 1 cs-distance-map --frame 2 cine.nii.gz x.nii
says stderr 'frames 0 to 1'
absent x.nii

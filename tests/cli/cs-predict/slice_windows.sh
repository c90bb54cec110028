# shellcheck shell=bash
# A network of slices whose model names a window: every slice of a volume is segmented by itself, through windows of one
# plane; an image of two axes as well; with signed distances where the model gives them.
source "$(dirname "$case_file")/unet.bash"
convolution distance 2 2 1
described='{"format":2,"network":"U-Net","size":{"filters":2,"upsampling":"transposed"},"input":{"dimensions":2,"channels":1,"spacing_mm":null,"normalisation":"none","window":[32,16],"stride":[16,8],"padding":"minimum"},"outputs":["segmentation","distance"],"classes":{"LV":1,"MYO":2},"training_images":[]}'
made "$described" unet.safetensors
exits 0 cs-model check unet.safetensors
says stdout 'U-Net, outputs segmentation, distance'
exits 0 cs-model show unet.safetensors
says stdout '^window +32 x 16 voxels$'
says stdout '^  distance +convolution'

make_nifti two.nii.gz 40 24 2 1.5 1 8 --float ball 9 20 11 0 9 ball 5 14 12 1 6
run() { cs-predict --device cpu --threads 1 --model unet.safetensors "$@"; }
exits 0 run two.nii.gz two_pred.nii.gz --probabilities --distances
says two_pred.json '"window"'
tr -d ' \n' <two_pred.json >settings
says settings '"window":\[32,16,1\]'
says settings '"stride":\[16,8,1\]'
exits 0 run two.nii.gz again.nii.gz
same_bytes again.nii.gz two_pred.nii.gz
exits 0 run --plan --json two.nii.gz
says stdout '"windows": 8,'

# The first slice beside another one, or as an image of two axes, is what it was.
make_nifti other.nii.gz 40 24 2 1.5 1 8 --float ball 9 20 11 0 9 ball 7 25 12 1 5
make_nifti thin.nii.gz 40 24 1 1.5 1 8 --float ball 9 20 11 0 9
gzip -dc thin.nii.gz >flat.nii
perl -e 'open F, "+<", "flat.nii"; binmode F; seek F, 40, 0; print F pack("s<8", 2, 40, 24, 1, 1, 1, 1, 1)'
voxels() { gzip -dcf "$1" | tail -c +353 | head -c 960; } # label maps of one byte a voxel
exits 0 run other.nii.gz other_pred.nii.gz
exits 0 run flat.nii flat_pred.nii.gz
for made in other flat; do
  equal "$(voxels ${made}_pred.nii.gz | od -An -tx1)" "$(voxels two_pred.nii.gz | od -An -tx1)" "$made"
done
exits 0 run --window 16,16,1 two.nii.gz small.nii.gz

refuse() { # MESSAGE OPTION...
  local message=$1
  shift
  exits 2 run "$@" two.nii.gz none.nii.gz
  one_line stderr
  says stderr "$message"
  absent none.nii.gz
}
refuse '--window: has 16 planes, and the model sees one slice at a time.*16,16,1' --window 16,16,16
refuse '--window: 24 is not a multiple of 16' --window 24,16,1
refuse '--stride: is 2 voxels along an axis where the window has 1' --stride 8,8,2
refuse '--batch-size: means nothing for unet.safetensors, a model that sees windows' --batch-size 2
refuse '--stage: means nothing for unet.safetensors, a model that sees windows' --stage ftn
made "${described/'[32,16]'/'[32,20]'}" odd.safetensors
exits 2 cs-predict --device cpu --model odd.safetensors two.nii.gz none.nii.gz
one_line stderr
says stderr '32 x 20, not multiples of 16'

# shellcheck shell=bash
# Wrong command lines and lists end with status 2 and one line, and nothing is done.
make_nifti ref.nii.gz 12 12 4 1 1 5  box 1 2 6 2 6 0 4
: >empty.jsonl
refused() { exits 2 cs-dice "$@"; one_line stderr; equal "$(wc -c <stdout)" 0; }
refused
refused ref.nii.gz
refused --cases empty.jsonl
refused --cases absent.jsonl
refused --metrics dice,volume ref.nii.gz ref.nii.gz
says stderr "'volume' is no metric"
refused --as medpy --metrics nsd ref.nii.gz ref.nii.gz
says stderr 'medpy has no nsd'
refused --surface shifted-grid --rank linear ref.nii.gz ref.nii.gz
refused --surface shifted-grid --outside ignored ref.nii.gz ref.nii.gz
refused --as itk --outside ignored ref.nii.gz ref.nii.gz
refused --as itk --metrics hd95 ref.nii.gz ref.nii.gz
refused --distance taxicab ref.nii.gz ref.nii.gz
says stderr 'coopseg measures no taxicab distance.*--as monai'
refused --as medpy --distance chessboard ref.nii.gz ref.nii.gz
refused --as monai --distance manhattan ref.nii.gz ref.nii.gz
refused --tolerance -1 ref.nii.gz ref.nii.gz
refused --summary ref.nii.gz ref.nii.gz
refused --by site ref.nii.gz ref.nii.gz
refused --classes LV ref.nii.gz ref.nii.gz
refused --labels acdc,3 ref.nii.gz ref.nii.gz
exits 1 cs-dice absent.nii.gz ref.nii.gz
one_line stderr
says stderr 'absent.nii.gz'
printf 'no image' >broken.nii.gz
exits 1 cs-dice broken.nii.gz ref.nii.gz
one_line stderr
says stderr 'broken.nii.gz'
make_nifti float.nii.gz 12 12 4 1 1 5 --float  box 1.5 2 6 2 6 0 4
exits 1 cs-dice float.nii.gz ref.nii.gz
one_line stderr
says stderr 'float.nii.gz'
echo '{"id":"a","image":"x.nii.gz","label":"ref.nii.gz","prediction":"ref.nii.gz","seen_in_training":"yes"}' >odd.jsonl
exits 1 cs-dice --cases odd.jsonl
one_line stderr
says stderr 'seen_in_training'

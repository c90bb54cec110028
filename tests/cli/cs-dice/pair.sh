# shellcheck shell=bash
# Two files: a table with numbers that can be checked by hand, named definitions, and the same numbers in full as JSON.
make_nifti ref.nii.gz 20 20 3 1 1 10  box 1 5 15 5 15 1 2
make_nifti pred.nii.gz 20 20 3 1 1 10  box 1 5 15 5 15 1 2  box 1 15 18 5 7 1 2

exits 0 cs-dice pred.nii.gz ref.nii.gz
says stdout '^class +dice +jaccard'
says stdout '^1 +0\.9709'
says stdout '^# hd95: larger of the two directed 95th percentiles, rank linear'
says stdout '^# definition coopseg'

exits 0 cs-dice --json --metrics dice,hd,volume_diff_ml pred.nii.gz ref.nii.gz
equal "$(head -1 stdout | cut -c1-28)" '{"schema":"coopseg.scores/1"'
equal "$(wc -l <stdout)" 2
says stdout '"dice":0\.970873786407767,"hd":3\.0,"volume_diff_ml":0\.06'
says_not stdout 'jaccard'

# In one slice of a 2D measurement the published numbers of a square with a tab: 2.0 directed, 1.2 pooled.
exits 0 cs-dice --per-slice --json --metrics hd95 pred.nii.gz ref.nii.gz
says stdout '"slice":1,.*"hd95":2\.0'
says stdout '"slice":0,.*"empty":"both".*"hd95":null,"undefined":\{"hd95":"both-empty"\}'
exits 0 cs-dice --per-slice --json --metrics hd95 --as medpy pred.nii.gz ref.nii.gz
says stdout '"slice":1,.*"definition":"medpy".*"hd95":1\.2'
exits 0 cs-dice --per-slice --json --metrics hd95 --hd95 pooled pred.nii.gz ref.nii.gz
says stdout '"definition":"coopseg,percentile=pooled".*"hd95":1\.2'

# Corner to corner of two voxels: one chessboard step, three taxicab steps, whatever the spacing.
make_nifti one.nii.gz 9 9 9 2 2 5  box 1 4 5 4 5 4 5
make_nifti other.nii.gz 9 9 9 2 2 5  box 1 5 6 5 6 5 6
for distance in chessboard:1 taxicab:3; do
  exits 0 cs-dice --as monai --distance "${distance%:*}" --json --metrics hd,hd95,assd one.nii.gz other.nii.gz
  says stdout "\"definition\":\"monai,distance=${distance%:*}\".*\"hd\":${distance#*:}\.0,\"hd95\":${distance#*:}\.0,"
  says stdout "\"hd\":\"[^\"]*${distance%:*} steps"
done
exits 0 cs-dice --as itk --json one.nii.gz other.nii.gz
says stdout '"hd":5\.744[0-9]*,"masd":5\.744'
says stdout '"masd":"mean of the two directed means, mm; surface whole-object'

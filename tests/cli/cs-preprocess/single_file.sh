# shellcheck shell=bash
# The default steps on one image: percentiles to 0 and 1, slices at 1.36719 mm, slice spacing kept; each step can be
# left out; equal bytes for any number of threads; a sidecar beside the output.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti in.nii.gz 8 6 2 0 1.5 0 10 20 30 40 50 60 70 80 90 100

exits 0 cs-preprocess in.nii.gz out.nii
equal "$(wc -c <stdout)" 0
equal "$(size_of out.nii)" "9 7 2"  # 8 * 1.5 / 1.36719 = 8.78, 6 * ... = 6.58
says <(spacing_of out.nii) '^1.36719[0-9]* 1.36719[0-9]* 10$'
says <(floats_of out.nii) '^0 '
says out.json '"program": "cs-preprocess"'
says out.json '"sha256"'

exits 0 cs-preprocess --threads 1 in.nii.gz one.nii
exits 0 cs-preprocess --threads 4 in.nii.gz four.nii
same_bytes one.nii four.nii
same_bytes one.nii out.nii

exits 0 cs-preprocess --percentiles none --spacing keep in.nii.gz same.nii
equal "$(size_of same.nii)" "8 6 2"
equal "$(floats_of same.nii | cut -d' ' -f1-12)" "0 10 20 30 40 50 60 70 80 90 100 0"

exits 0 cs-preprocess --percentiles 0,100 --spacing keep in.nii.gz full.nii
says <(floats_of full.nii) '^0 0.1 0.2 0.3 '

exits 0 cs-preprocess --percentiles none --spacing 2,1.5 --interpolation nearest in.nii.gz near.nii
equal "$(size_of near.nii)" "6 6 2"
equal "$(floats_of near.nii | cut -d' ' -f1-6)" "0 10 30 40 50 70"  # 2 * i / 1.5: 0 1.33 2.67 4 5.33 6.67

# Existing outputs stay without --force.
before=$(cksum <out.nii)
exits 2 cs-preprocess in.nii.gz out.nii
says stderr 'out.nii.*--force'
equal "$(cksum <out.nii)" "$before"
exits 0 cs-preprocess --force in.nii.gz out.nii
exits 0 cs-preprocess --skip-existing in.nii.gz out.nii
exits 2 cs-preprocess --skip-existing --percentiles 1,99 in.nii.gz out.nii
no_leftovers .

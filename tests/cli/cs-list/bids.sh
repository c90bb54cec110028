# shellcheck shell=bash
# The layout bids: subjects and sessions, contrasts by suffix, the derivatives' label maps with the names of their tables.
mkdir -p B/sub-{01,02}/ses-{1,2}/anat B/sub-03/anat B/derivatives/manual/sub-01/ses-{1,2}/anat B/derivatives/manual/sub-03/anat
for s in 01_ses-1 01_ses-2 02_ses-1; do
  for suffix in T1w FLAIR; do touch "B/sub-${s%%_*}/${s#*_}/anat/sub-${s}_$suffix.nii.gz"; done
done
touch B/sub-03/anat/sub-03_run-{1,2}_T1w.nii B/sub-03/anat/{._sub-03_run-1_T1w.nii,sub-03_T1w.json,notes.nii,sub-03_run-1_T2w.nii}
manual=B/derivatives/manual
touch $manual/sub-01/ses-1/anat/sub-01_ses-1_desc-manual_dseg.nii.gz $manual/sub-01/ses-2/anat/sub-01_ses-2_dseg.nii.gz
touch $manual/sub-01/ses-1/anat/sub-01_ses-1_space-MNI152NLin6Asym_dseg.nii.gz $manual/sub-03/anat/sub-03_run-2_dseg.nii.gz
touch $manual/sub-01/ses-1/anat/sub-01_ses-1_desc-manual_probseg.nii.gz
printf 'index\tname\tcolor\n0\tbackground\t#000\n2\tposterior\t#00f\n1\tanterior\t#f00\n' >$manual/dseg.tsv
printf 'index\tname\n1\tlesion\n' >$manual/sub-03/anat/sub-03_run-2_dseg.tsv
printf 'participant_id\tage\nsub-01\t30\n' >B/participants.tsv
exits 0 cs-list bids B
equal "$(wc -l <stdout)" 5
line_is stdout 1 <<'END'
{"id":"sub-01_ses-1","image":"B/sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz",
"label":"B/derivatives/manual/sub-01/ses-1/anat/sub-01_ses-1_desc-manual_dseg.nii.gz",
"session":"ses-1","subject":"sub-01","labels":{"anterior":1,"posterior":2},"dataset":"B"}
END
says stdout '^\{"id":"sub-02_ses-1","image":"B/sub-02/[^"]*","session":"ses-1","subject":"sub-02","dataset":"B"\}$'
says stdout '"id":"sub-03_run-1","image":"B/sub-03/anat/sub-03_run-1_T1w.nii","subject":"sub-03","dataset":"B"'
says stdout '"id":"sub-03_run-2",.*"labels":\{"lesion":1\}'
exits 0 cs-list bids B --labels tumour:1,oedema:2
equal "$(grep -c '"labels":{"tumour":1,"oedema":2}' stdout)" 3

# Other contrasts, and several as channels.
exits 0 cs-list bids B --suffix T2w
equal "$(cut -d'"' -f4 <stdout)" sub-03_run-1
exits 1 cs-list bids B --suffix T1w,FLAIR
says stdout '"channels":\{"T1w":"B/sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz","FLAIR":"B/sub-02/ses-1/anat/sub-02_ses-1_FLAIR.nii.gz"\}'
says stderr 'error: sub-03_run-1 is left out: sub-03_run-1: has no image FLAIR'

# Two label maps of one image: one is chosen.
mkdir -p B/derivatives/auto/sub-01/ses-1/anat
touch B/derivatives/auto/sub-01/ses-1/anat/sub-01_ses-1_dseg.nii.gz B/derivatives/auto/sub-01/ses-1/anat/sub-01_ses-1_label-L_mask.nii.gz
exits 1 cs-list bids B
says stderr 'sub-01_ses-1 is left out: .*has 2 labels: .*auto.*manual.*--label'
equal "$(wc -l <stdout)" 4
exits 0 cs-list bids B --label 'derivatives/manual/**/*_dseg.nii.gz'
equal "$(grep -c '"label":"B/derivatives/manual' stdout)" 3
exits 0 cs-list bids B --label 'derivatives/**/*_label-L_mask.nii.gz'
equal "$(grep -c '"label"' stdout)" 1
says_not stdout '"labels"'
exits 2 cs-list bids B --label 'derivatives/{id}/*'
exits 2 cs-list bids B --image '*'

# Files that have not been fetched.
ln -sf ../../../../.git/annex/x B/sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz
exits 0 cs-list bids B --label 'derivatives/manual/**/*_dseg.nii.gz'
says stderr 'warning: 1 listed file leads nowhere, .*\(first: B/sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz\)'
# Tables that are none.
for table in 'index\tname\nx\ta\n' 'index\tname\n-1\ta\n' 'index\tname\n99999\ta\n' 'index\tname\n1\ta\n1\tb\n' 'name\n1\n' 'index\tname\n1\n'; do
  # shellcheck disable=SC2059
  printf "$table" >$manual/sub-03/anat/sub-03_run-2_dseg.tsv
  exits 1 cs-list bids B --label 'derivatives/manual/**/*_dseg.nii.gz'
  says stderr 'error: sub-03_run-2 is left out: .*sub-03_run-2_dseg.tsv'
done
printf 'index\tname\n1\tthe left half, as drawn by A. B. in the year 2001\n' >$manual/sub-03/anat/sub-03_run-2_dseg.tsv
exits 0 cs-list bids B --label 'derivatives/manual/**/*_dseg.nii.gz'
says stderr 'warning: .*sub-03_run-2_dseg.tsv: gives no short class names'
mkdir empty
exits 1 cs-list bids empty
says stderr 'empty: holds no case.*sub-'

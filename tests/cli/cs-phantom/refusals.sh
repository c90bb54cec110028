# shellcheck shell=bash
# A wrong command line ends with status 2, one line that says what is wrong, and nothing on disk.
refuses() {  # REGEX OPTIONS...
  local wanted=$1
  shift
  exits 2 cs-phantom "$@"
  one_line stderr
  says stderr "$wanted"
}
refuses 'out'
refuses 'sites' --out o --sites 0
refuses 'sites' --out o --sites 27
refuses '"b"|.b. is not a site' --out o --site b
refuses 'named twice' --out o --site A,A
refuses 'beside' --out o --site A --sites 2
refuses 'not a frame' --out o --frames ED,MD
refuses '16 ... 1024' --out o --size 8x8
refuses '16 ... 1024' --out o --size 96x96x10
refuses 'spacing' --out o --spacing 0.01
refuses 'spacing' --out o --spacing -2
refuses 'spacing' --out o --spacing nan
refuses 'slices' --out o --slices 65
refuses 'subjects' --out o --subjects 0
refuses 'LABELS' i.nii.gz
refuses 'data sets' i.nii.gz s.nii.gz --out o
refuses 'one frame' i.nii.gz s.nii.gz --frames ED,ES
refuses 'one site' i.nii.gz s.nii.gz --site A,B
refuses 'IMAGE LABELS' --out o --subject x
refuses 'i.nii.gz' i.nii.gz i.nii.gz
refuses 'prefix.*file name' --out o --prefix a/b --size 32
refuses 'subject.*file name' i.nii.gz s.nii.gz --subject .. --size 32
refuses 'did you mean --subjects' --out o --subject_s 3
absent o
absent i.nii.gz
absent s.nii.gz
if [ "$(id -u)" != 0 ]; then
  mkdir locked
  chmod 555 locked
  exits 1 cs-phantom locked/i.nii.gz locked/s.nii.gz --size 32 --slices 4
  says stderr 'locked'
fi
touch file
exits 1 cs-phantom file/i.nii.gz file/s.nii.gz --size 32 --slices 4
says stderr 'file'

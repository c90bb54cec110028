# shellcheck shell=bash
# Steps for volumes: z-scores, windows, minmax, of the foreground alone too, spacings of three axes, orientation, crops
# with a margin; recorded where they are used; images and label maps alike; equal bytes for any number of threads.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti in.nii.gz 4 1 2 0 1.5 2 4 4 4 5 5 7 9
run() { exits 0 cs-preprocess --spacing keep "$@"; }

run --normalise zscore in.nii.gz z.nii
equal "$(floats_of z.nii)" "-1.5 -0.5 -0.5 -0.5 0 0 1 2"
says z.json '"method": "zscore"'
run --normalise minmax in.nii.gz minmax.nii
equal "$(floats_of minmax.nii | cut -d' ' -f1,8)" "0 1"
run --normalise window:4,8 in.nii.gz window.nii
equal "$(floats_of window.nii)" "0 0 0 0 0.25 0.25 0.75 1"
run --normalise window:-5,11 in.nii.gz negative.nii
equal "$(floats_of negative.nii | cut -d' ' -f2)" 0.5625
run --normalise none in.nii.gz none.nii
run --percentiles none in.nii.gz same.nii
same_bytes none.nii same.nii
run --normalise percentiles --percentiles 0,100 in.nii.gz named.nii
run --percentiles 0,100 in.nii.gz known.nii
same_bytes named.nii known.nii

# 0 is the background: statistics of 2 and 4 alone.
make_nifti air.nii.gz 4 4 4 0 1.5 0 0 0 0 0 2 4 0
run --normalise zscore --foreground air.nii.gz air.nii
equal "$(floats_of air.nii | cut -d' ' -f1-8)" "0 0 0 0 0 -1 1 0"
says air.json '"foreground": true'
run --foreground --percentiles 0,100 air.nii.gz air_percentiles.nii
equal "$(floats_of air_percentiles.nii | cut -d' ' -f5-8)" "0 0 1 0"

# The header is RAS. Turned, the first voxel is another one, and turned back all is as it was.
run --orient LPS --normalise none in.nii.gz lps.nii
equal "$(floats_of lps.nii)" "4 4 4 2 9 7 5 5"
run --orient SRA --normalise none in.nii.gz sra.nii
equal "$(size_of sra.nii)" "2 4 1"
says <(spacing_of sra.nii) '^10 1.5 1.5$'
equal "$(floats_of sra.nii)" "2 5 4 5 4 7 4 9"
for code in lps sra; do
  run --orient RAS --normalise none $code.nii back.nii.gz --force
  gunzip -fk back.nii.gz
  same_bytes back.nii none.nii
done
run --orient RAS --normalise none in.nii.gz ras.nii
same_bytes ras.nii none.nii

exits 0 cs-preprocess --spacing 3,1.5,2.5 --normalise none in.nii.gz grid.nii
equal "$(size_of grid.nii)" "2 1 8"
says <(spacing_of grid.nii) '^3 1.5 2.5$'
equal "$(floats_of grid.nii)" "2 4 2.75 4.75 3.5 5.5 4.25 6.25 5 7 5 7 5 7 5 7"

# Lists: both files of a case are turned, resampled and cropped alike, intensities being those of the whole volume.
make_nifti image.nii.gz 6 5 4 0 1.5 1 2 3 4 5 6 7
values=$(for v in {0..119}; do [ "$v" = 38 ] || [ "$v" = 75 ] && echo 2 || echo 0; done)  # voxels (2, 1, 1), (3, 2, 2)
# shellcheck disable=SC2086
make_nifti label.nii.gz 6 5 4 0 1.5 $values
echo '{"id":"a","image":"image.nii.gz","label":"label.nii.gz"}' >cases.jsonl
exits 0 cs-preprocess --cases cases.jsonl --out cut --spacing keep --normalise zscore --crop-to label
says cut/cases.jsonl '"normalise":\{"method":"zscore"\},"crop":\{"to":"label","margin":0\}'
gunzip -k cut/a/*.nii.gz
equal "$(size_of cut/a/img.nii) $(size_of cut/a/seg.nii)" "2 2 2 2 2 2"
equal "$(bytes_of cut/a/seg.nii)" "2 0 0 0 0 0 0 2"
run --normalise zscore image.nii.gz whole.nii
equal "$(floats_of cut/a/img.nii | cut -d' ' -f1)" "$(floats_of whole.nii | cut -d' ' -f39)"
says cut/a/img.json 'label.nii.gz'  # made from it, too
exits 0 cs-preprocess --cases cases.jsonl --out cut --spacing keep --normalise zscore --crop-to label --skip-existing
cs-dice cut/a/seg.nii.gz cut/a/seg.nii.gz --labels x:2 >/dev/null

how=(--cases cases.jsonl --orient SLP --spacing "5,1.5,1.5" --crop-to label --margin 2)
exits 0 cs-preprocess "${how[@]}" --out wide --threads 1
exits 0 cs-preprocess "${how[@]}" --out four --threads 4
diff -r -x '*.json' wide four || fail "threads change the outputs"
gunzip -k wide/a/*.nii.gz
equal "$(size_of wide/a/img.nii) $(size_of wide/a/seg.nii)" "7 6 5 7 6 5"
{ cat cases.jsonl; echo '{"id":"b","image":"air.nii.gz"}'; } >two.jsonl
exits 0 cs-preprocess --cases two.jsonl --out front --spacing keep --normalise none --crop-to foreground
equal "$(wc -l <front/cases.jsonl)" 2
says front/cases.jsonl '"crop":\{"to":"foreground","margin":0\}'

# What cannot be done.
exits 1 cs-preprocess --cases two.jsonl --out some --crop-to label
says stderr 'b: has no label map to crop to.*--crop-to foreground'
equal "$(wc -l <some/cases.jsonl)" 1
make_nifti flat.nii.gz 6 5 4 0 1.5 0
echo '{"id":"a","image":"image.nii.gz","label":"flat.nii.gz"}' >empty.jsonl
exits 1 cs-preprocess --cases empty.jsonl --out empty --crop-to label
says stderr 'flat.nii.gz: holds no labelled voxel to crop to'
absent empty/a
for how in 'zscore' 'minmax' 'zscore --foreground' 'percentiles --foreground'; do
  # shellcheck disable=SC2086
  exits 1 cs-preprocess --log-level error --normalise $how flat.nii.gz out.nii
  says stderr 'flat.nii.gz: all voxels are 0: '
  one_line stderr
done
exits 1 cs-preprocess --log-level error --crop-to foreground flat.nii.gz out.nii
says stderr 'flat.nii.gz: all voxels are 0: there is no foreground'
exits 1 cs-preprocess --spacing 0.001,0.001,0.01 image.nii.gz out.nii
says stderr 'image.nii.gz.*voxels, more than 2147483648 in all.*larger spacing'
exits 1 cs-preprocess --spacing 0.0001,1,1 image.nii.gz out.nii
says stderr 'image.nii.gz.*NIfTI holds 32767.*larger spacing'
# Steps after which others would not be repeated as they were done.
for second in '--normalise zscore --spacing keep' '--normalise none' '--normalise none --spacing keep --orient LPS' \
  '--normalise none --spacing keep --crop-to label'; do
  # shellcheck disable=SC2086
  exits 1 cs-preprocess --cases cut/cases.jsonl --out second $second
  says stderr 'was cropped before.*in one run' || fail "$second"
done
exits 0 cs-preprocess --cases cases.jsonl --out first --normalise zscore --spacing 2
exits 1 cs-preprocess --cases first/cases.jsonl --out second --spacing keep --normalise none --orient LPS
says stderr 'was resampled before'
exits 1 cs-preprocess --cases first/cases.jsonl --out second --spacing keep --normalise minmax --foreground
says stderr 'was resampled before'
absent second/a
exits 0 cs-preprocess --cases first/cases.jsonl --out last --spacing keep --normalise minmax
says last/cases.jsonl '"percentiles":null,"spacing_mm":\[2.0,2.0\].*"normalise":\{"method":"minmax"\}'
exits 0 cs-preprocess --cases first/cases.jsonl --out clipped --spacing keep --percentiles 1,99
says_not clipped/cases.jsonl normalise

# shellcheck shell=bash
# --like puts an image on another's grid, --geometry writes a mended copy; both leave intensities alone unless asked.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti coarse.nii.gz 4 1 1 0 2 0 20 40 60
make_nifti fine.nii.gz 8 1 1 0 1 7

exits 0 cs-preprocess --like fine.nii.gz coarse.nii.gz out.nii
equal "$(size_of out.nii)" "8 1 1"
equal "$(floats_of out.nii)" "0 10 20 30 40 50 60 60"
says out.json '"name": "fine.nii.gz"'
exits 0 cs-preprocess --like fine.nii.gz --label-map coarse.nii.gz seg.nii
equal "$(bytes_of seg.nii)" "0 20 20 40 40 60 60 60"
exits 0 cs-preprocess --like fine.nii.gz --percentiles 0,100 coarse.nii.gz scaled.nii
says <(floats_of scaled.nii) '^0 0.1666'
exits 2 cs-preprocess --like fine.nii.gz --spacing 1 coarse.nii.gz x.nii
exits 1 cs-preprocess --like missing.nii.gz coarse.nii.gz x.nii
says stderr 'missing.nii.gz'

# The sform says 2 mm, pixdim 1 mm, and there is no qform.
gunzip -c coarse.nii.gz >bad.nii
printf '\x00\x00\x80\x3f' | dd of=bad.nii bs=1 seek=80 conv=notrunc status=none
printf '\x00\x00' | dd of=bad.nii bs=1 seek=252 conv=notrunc status=none
exits 1 cs-preprocess bad.nii x.nii
says stderr 'bad.nii.*two spacings.*--geometry'
one_line stderr
absent x.nii
exits 0 cs-preprocess --geometry sform bad.nii sform.nii
equal "$(spacing_of sform.nii)" "2 2 10"
equal "$(floats_of sform.nii)" "0 20 40 60"
exits 0 cs-preprocess --geometry pixdim bad.nii pixdim.nii
equal "$(spacing_of pixdim.nii)" "1 2 10"
exits 1 cs-preprocess --geometry qform bad.nii x.nii
says stderr 'no qform'
exits 0 cs-preprocess sform.nii whole.nii

# All frames of a 4D file, with their time axis; of a list, too, where no frame_index picks one.
make_nifti cine.nii.gz 2 2 1 3 2 0 1 2 3 10 11 12 13 20 21 22 23
gunzip -c cine.nii.gz >bad4d.nii
printf '\x00\x00\x80\x3f' | dd of=bad4d.nii bs=1 seek=80 conv=notrunc status=none    # pixdim of the rows: 1 mm
printf '\x00\x00\x20\x41' | dd of=bad4d.nii bs=1 seek=92 conv=notrunc status=none    # 10 ms between frames
printf '\x12' | dd of=bad4d.nii bs=1 seek=123 conv=notrunc status=none                # mm and ms
printf '\x00\x00' | dd of=bad4d.nii bs=1 seek=252 conv=notrunc status=none
exits 0 cs-preprocess --geometry sform bad4d.nii mended.nii
equal "$(od -An -td2 -j40 -N10 mended.nii | xargs)" "4 2 2 1 3"
equal "$(spacing_of mended.nii)" "2 2 10"
equal "$(od -An -tf4 -j92 -N4 mended.nii | xargs) $(od -An -tu1 -j123 -N1 mended.nii | xargs)" "10 18"
equal "$(floats_of mended.nii)" "0 1 2 3 10 11 12 13 20 21 22 23"
exits 0 cs-preprocess --geometry sform --label-map --remap 1:7 bad4d.nii labels.nii
equal "$(bytes_of labels.nii)" "0 7 2 3 10 11 12 13 20 21 22 23"
exits 0 cs-preprocess --geometry sform --frame 1 bad4d.nii frame.nii
equal "$(floats_of frame.nii)" "10 11 12 13"
exits 1 cs-preprocess --geometry sform --spacing 1 bad4d.nii x.nii
says stderr 'bad4d.nii.*3 frames.*--frame'
echo '{"id":"p1","image":"bad4d.nii","label":"bad4d.nii"}' >cines.jsonl
exits 0 cs-preprocess --geometry sform --cases cines.jsonl --out mended
gunzip mended/p1/img.nii.gz mended/p1/seg.nii.gz
same_bytes mended/p1/img.nii mended.nii
equal "$(bytes_of mended/p1/seg.nii)" "0 1 2 3 10 11 12 13 20 21 22 23"

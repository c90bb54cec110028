# shellcheck shell=bash
# Data sets of NRRD and MetaImage files, packed and with their voxels beside them, and of .hdr/.img pairs: each program
# makes of them what it makes of the same images as NIfTI.
make_nifti image.nii 12 10 4 1.5 1.5 8 --float --origin -20 5 30 ball 9 5 5 1 9 box 4 1 3 1 8 0 3
make_nifti label.nii 12 10 4 1.5 1.5 8 --origin -20 5 30 box 1 4 8 4 8 0 3
for name in image label; do tail -c +353 $name.nii >$name.raw; done

# nrrd TYPE ENCODING: a header; meta TYPE FILE [LINE...]: another.
nrrd() {
  printf 'NRRD0005\ntype: %s\ndimension: 3\nspace: LPS\nsizes: 12 10 4\nendian: little\nencoding: %s\n' "$1" "$2"
  printf 'space directions: (1.5,0,0) (0,1.5,0) (0,0,8)\nspace origin: (-20,5,30)\n'
}
meta() {
  local type=$1 file=$2
  shift 2
  printf 'ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 12 10 4\nElementType = %s\n' "$type"
  printf 'TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = -20 5 30\nElementSpacing = 1.5 1.5 8\n'
  printf '%s\n' "$@" "ElementDataFile = $file" | sed '/^$/d'
}
mkdir p1 p2 p3 p4
{ nrrd float gzip; echo; gzip -n <image.raw; } >p1/ED_img.nrrd
{ nrrd uchar raw; echo "data file: seg/label.raw"; } >p1/ED_seg.nhdr
mkdir p1/seg
cp label.raw p1/seg/
{ meta MET_FLOAT LOCAL; cat image.raw; } >p2/ED_img.mha
{ meta MET_UCHAR label.raw; } >p2/ED_seg.mhd
cp label.raw p2/
for name in image label; do
  { head -c 344 $name.nii; printf 'ni1\0'; } >$name.hdr
done
# The voxels of a pair begin at byte 0 of their file.
for name in image label; do printf '\0\0\0\0' | dd of=$name.hdr bs=1 seek=108 conv=notrunc status=none; done
cp image.hdr p3/ED_img.hdr; cp image.raw p3/ED_img.img
gzip -nc label.hdr >p3/ED_seg.hdr.gz; gzip -nc label.raw >p3/ED_seg.img.gz
cp image.nii p4/ED_img.nii; cp label.nii p4/ED_seg.nii

exits 0 cs-list coopseg . --dataset mixed --labels LV:1
cp stdout cases.jsonl
equal "$(grep -c '"label"' cases.jsonl)" 4
says cases.jsonl '"image":"p1/ED_img.nrrd","label":"p1/ED_seg.nhdr"'
says cases.jsonl '"image":"p3/ED_img.hdr","label":"p3/ED_seg.hdr.gz"'

# One subject's heart under four names: nothing else is wrong with them.
exits 0 cs-check --cases cases.jsonl --log-level error
says_not stdout '"level":"error"'
equal "$(grep -c '"size":\[12,10,4\],"spacing_mm":\[1.5,1.5,8.0\],"frames":1,"data_type":"float32"' stdout)" 4
exits 0 cs-check p1/ED_img.nrrd p2/ED_seg.mhd --labels LV:1
says stdout '"id":"ED_img"'

# The same bytes, whatever they were made from.
exits 0 cs-preprocess --cases cases.jsonl --out out --spacing 2,2,8
for id in p1 p2 p3; do
  same_bytes out/$id/ED_img.nii.gz out/p4/ED_img.nii.gz
  same_bytes out/$id/ED_seg.nii.gz out/p4/ED_seg.nii.gz
done
exits 0 cs-preprocess p2/ED_img.mha single.nii.gz --spacing 2,2,8
same_bytes single.nii.gz out/p4/ED_img.nii.gz

# Whose voxels stand in another file is hashed with it: other voxels under the same header are another image.
says out/p1/ED_seg.json "$(cat p1/ED_seg.nhdr p1/seg/label.raw | sha256sum | cut -d' ' -f1)"
says out/p3/ED_img.json "$(cat p3/ED_img.hdr p3/ED_img.img | sha256sum | cut -d' ' -f1)"
exits 0 cs-preprocess --cases cases.jsonl --out out --spacing 2,2,8 --skip-existing
tr '\1' '\2' <label.raw >p2/label.raw
exits 1 cs-check --cases cases.jsonl --log-level error
says stdout '"id":"p2".*unknown-label'
cp label.raw p2/

exits 0 cs-dice --json --metrics dice p1/ED_seg.nhdr label.nii
says stdout '"dice":1\.0'
exits 0 cs-dice --json --metrics dice p3/ED_seg.img.gz p2/ED_seg.mhd
says stdout '"dice":1\.0'

# What is missing or not read is named, with the way out.
rm p2/label.raw
exits 1 cs-check p2/ED_seg.mhd
says stderr 'has its voxels in p2/label.raw, which does not exist; copy it there'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n' >lfs.nii.gz
exits 1 cs-check lfs.nii.gz
says stderr 'pointer of Git LFS, not the image itself; git lfs pull'
exits 1 cs-dice lfs.nii.gz label.nii
says stderr 'git lfs pull'
{ head -c 128 /dev/zero; printf DICM; } >slice.dcm
exits 1 cs-preprocess slice.dcm out.nii.gz
says stderr 'is a DICOM file; make NIfTI files of the folder it lies in: dcm2niix'

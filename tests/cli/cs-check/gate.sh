# shellcheck shell=bash
# The gate: sound cases pass with status 0; each broken one is named, the rest are judged, and the status is 1.

# little FORMAT NUMBER...: 16-bit (h) or 32-bit (i) numbers, least byte first.
little() {
  local bytes=2 n
  [ "$1" = i ] && bytes=4
  shift
  for n in "$@"; do
    for ((b = 0; b < bytes; ++b)); do printf '%b' "$(printf '\\x%02x' $(((n >> (8 * b)) & 255)))"; done
  done
}
one=0x3f800000 one_and_half=0x3fc00000 eight=0x41000000 offset=0x43b00000
# nifti SPACING VOXEL...: an 8 x 4 x 2 image of bytes (the voxels given, over and over), 8 mm between slices.
nifti() {
  local spacing=$1 v
  shift
  little i 348; head -c 36 /dev/zero
  little h 3 8 4 2 1 1 1 1; head -c 14 /dev/zero
  little h 2 8 0; little i $one "$spacing" "$spacing" $eight $one $one $one $one $offset $one 0
  head -c 132 /dev/zero   # to the qform code at byte 252
  little h 1 1; little i 0 0 0 0 0 0
  little i "$spacing" 0 0 0 0 "$spacing" 0 0 0 0 $eight 0
  head -c 16 /dev/zero; printf 'n+1\0\0\0\0\0'
  for ((i = 0; i < 64; ++i)); do
    v=$((i % $# + 1))
    printf '%b' "$(printf '\\x%02x' "${!v}")"
  done
}
for id in p1 p2 p3; do mkdir $id; done
nifti $one_and_half 1 2 3 4 5 >p1/ED_img.nii
nifti $one_and_half 0 0 1 2 3 >p1/ED_seg.nii
nifti $one_and_half 9 2 3 4 5 >p2/ED_img.nii
nifti $one_and_half 0 1 1 2 3 >p2/ED_seg.nii
cs-list coopseg . --dataset toy --labels LV:1,MYO:2,RV:3 >cases.jsonl
exits 0 cs-check --cases cases.jsonl
equal "$(grep -c '^{"schema":"coopseg.check/1","id":"p[12]","frame":"ED","dataset":"toy","verdict":"ok"' stdout)" 2
says stderr '2 cases, 4 files read: 2 ok'
exits 0 cs-check --cases cases.jsonl --log-level error --threads 1
[ ! -s stderr ] || fail "messages at --log-level error though all is well"
cp stdout first
exits 0 cs-check --cases cases.jsonl --threads 4
same_bytes stdout first

# Cut, wrong spacing, unknown label, other grid, the same image again.
head -c 380 p1/ED_img.nii >p3/a_img.nii
nifti $one 1 2 3 4 5 >p3/b_img.nii
cp p1/ED_seg.nii p3/b_seg.nii
cp p2/ED_img.nii p3/c_img.nii
nifti $one_and_half 0 7 1 2 3 >p3/c_seg.nii
cs-list coopseg . --dataset toy --labels LV:1,MYO:2,RV:3 >cases.jsonl 2>messages
exits 1 cs-check --cases cases.jsonl
equal "$(wc -l <stdout)" 5
says stderr 'p3/a_img.nii: broken'
says stderr 'p3/b_seg.nii: grid: .*spacing'
says stderr 'p3/c_seg.nii: unknown-label: .*7'
says stderr 'p3/c_img.nii: duplicate-image: .*p2 ED'
says stdout '"id":"p1".*"verdict":"warning"'
exits 1 cs-check --cases cases.jsonl --shard 1/2
equal "$(wc -l <stdout)" 3

# One image by itself; warnings count only where they are asked to.
exits 0 cs-check p1/ED_img.nii p1/ED_seg.nii --labels LV:1,MYO:2,RV:3
exits 0 cs-check p1/ED_img.nii p1/ED_seg.nii --labels LV:1,MYO:2,RV:3,scar:4
says stderr 'missing-class: has no voxel of scar'
exits 1 cs-check p1/ED_img.nii p1/ED_seg.nii --labels LV:1,MYO:2,RV:3,scar:4 --strict
exits 1 cs-check p1/ED_img.nii --inplane-mm 2,5
says stderr 'spacing 1.5 mm along axis 1, plausible are 2 to 5 mm in-plane'
exits 1 cs-check p1/ED_img.nii --require-labels
exits 1 cs-check absent.nii
says stderr 'absent.nii: unreadable'

# Subjects and images that stand in another list.
grep '"p1"' cases.jsonl >train.jsonl
grep '"p2"' cases.jsonl >test.jsonl
exits 0 cs-check --cases train.jsonl --against test.jsonl
exits 1 cs-check --cases train.jsonl --against test.jsonl --against cases.jsonl
says stderr 'in-other-list: the subject p1 stands in cases.jsonl'
grep '"c"' cases.jsonl >copy.jsonl
exits 1 cs-check --cases copy.jsonl --against test.jsonl
says stderr 'in-other-list: holds the same bytes as p2 ED of test.jsonl'

# Two volumes of one person have two ids and one subject.
sed 's/{/{"subject":"q1",/' train.jsonl >left.jsonl
sed 's/{/{"subject":"q1",/' test.jsonl >right.jsonl
exits 1 cs-check --cases left.jsonl --against right.jsonl
says stderr 'in-other-list: the subject q1 \(p1\) stands in right.jsonl, too'
sed -i 's/"q1"/"q2"/' right.jsonl
exits 0 cs-check --cases left.jsonl --against right.jsonl

# Wrong command lines.
exits 2 cs-check
exits 2 cs-check --cases train.jsonl p1/ED_img.nii
exits 2 cs-check --cases - --against - <train.jsonl
exits 2 cs-check --cases train.jsonl --inplane-mm 5,2
exits 2 cs-check --cases train.jsonl --frame 1
: >empty.jsonl
exits 2 cs-check --cases empty.jsonl
says stderr 'empty.jsonl'
exits 2 cs-check --cases absent.jsonl

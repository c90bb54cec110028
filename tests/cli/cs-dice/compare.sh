# shellcheck shell=bash
# Two lists compared on the same cases: paired differences, exact signed-rank p, seeded interval, cases without
# a partner counted.
make_nifti ref.nii.gz 24 12 2 1 1 5  box 1 0 20 0 12 0 2
: >a.jsonl; : >b.jsonl
for i in 1 2 3 4 5 6; do
  make_nifti a$i.nii.gz 24 12 2 1 1 5  box 1 0 $((20 - i % 2)) 0 12 0 2
  make_nifti b$i.nii.gz 24 12 2 1 1 5  box 1 0 $((20 - i - 1)) 0 12 0 2
  echo "{\"id\":\"p$i\",\"image\":\"x.nii.gz\",\"label\":\"ref.nii.gz\",\"prediction\":\"a$i.nii.gz\"}" >>a.jsonl
  echo "{\"id\":\"p$i\",\"image\":\"x.nii.gz\",\"label\":\"ref.nii.gz\",\"prediction\":\"b$i.nii.gz\"}" >>b.jsonl
done
echo '{"id":"p7","image":"x.nii.gz","label":"ref.nii.gz","prediction":"a1.nii.gz"}' >>a.jsonl
exits 0 cs-dice --cases a.jsonl --compare b.jsonl --metrics dice --json
# All six differences are positive: p = 2 / 2^6.
says stdout '"record":"comparison","class":"1".*"n_pairs":6,"n_subjects":6,"n_only_in_this":1,"n_only_in_other":0'
says stdout '"record":"comparison".*"w_minus":0\.0.*"method":"exact","p_two_sided":0\.03125'
cp stdout first
exits 0 cs-dice --cases a.jsonl --compare b.jsonl --metrics dice --json --threads 3
same_bytes stdout first
exits 0 cs-dice --cases a.jsonl --compare b.jsonl --metrics dice --json --seed 5
! cmp -s stdout first || fail "the seed does not matter"
exits 0 cs-dice --cases a.jsonl --compare b.jsonl --metrics dice
says stdout '^1 +dice +6 +6 +0 .* 0\.03125 +exact'

# Cases of one subject are one difference: three subjects of two frames each, p = 2 / 2^3.
for list in a b; do
  head -6 $list.jsonl | sed -E 's/"p[12]"/"p1"/; s/"p[34]"/"p2"/; s/"p[56]"/"p3"/' |
    sed '1~2s/^{/&"frame":"ED",/; 2~2s/^{/&"frame":"ES",/' >frames-$list.jsonl
  head -6 $list.jsonl | sed -E 's/"id":"p[12]"/&,"subject":"s1"/; s/"id":"p[34]"/&,"subject":"s2"/' >sides-$list.jsonl
done
exits 0 cs-dice --cases frames-a.jsonl --compare frames-b.jsonl --metrics dice --json
says stdout '"record":"comparison".*"n_pairs":6,"n_subjects":3,.*"n_nonzero":3,.*"p_two_sided":0\.25'
exits 0 cs-dice --cases sides-a.jsonl --compare sides-b.jsonl --metrics dice
says stdout '^1 +dice +6 +4 +0 .* 0\.125 +exact'
exits 0 cs-dice --cases a.jsonl --compare b.jsonl --metrics dice --per-slice
says stdout '^1 +dice +12 +6 +0 .* 0\.03125 +exact'

sed 's/"p/"q/' b.jsonl >c.jsonl
exits 2 cs-dice --cases a.jsonl --compare c.jsonl
says stderr 'no case and class of this list stands in the other'

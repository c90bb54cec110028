# shellcheck shell=bash
# The program gives what TorchIO gave for the same parameters: the published files as they are, without the chain.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
golden=$(golden_dir) || { echo "$golden"; exit 77; }
golden=$golden/artefacts
[ -d "$golden" ] || skip "no golden/artefacts"
seen=0
for golden_case in "$golden"/{bias,ghosting,spike,motion}_*/ "$golden"/legacy_*/*/; do
  [ -e "$golden_case/params.json" ] || continue
  # One case has movements in the scanner's millimetres, which TorchIO can do and the published script does not.
  if grep -q affine_ras "$golden_case/params.json"; then continue; fi
  exits 0 cs-corrupt --params "$golden_case/params.json" --no-crop --no-rescale "$golden_case/input.nii.gz" out.nii --force
  gunzip -c "$golden_case/output.nii.gz" >expected.nii
  paste <(od -An -v -tf4 -w4 -j352 out.nii) <(od -An -v -tf4 -w4 -j352 expected.nii) >both
  case $(basename "$golden_case") in  # the published tolerances, relative to the largest voxel
    bias*) tolerance=5e-7 ;;
    motion*) tolerance=1e-6 ;;
    *) tolerance=2e-7 ;;
  esac
  awk -v tolerance=$tolerance '{d = $1 - $2; if (d < 0) d = -d; if (d > worst) worst = d
       m = $2 < 0 ? -$2 : $2; if (m > most) most = m}
       END {exit !(NR > 0 && worst <= tolerance * most)}' both || fail "$golden_case differs"
  seen=$((seen + 1))
done
[ "$seen" -ge 1 ] || fail "no case in $golden"

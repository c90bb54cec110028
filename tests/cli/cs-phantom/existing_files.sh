# shellcheck shell=bash
# Nothing is overwritten without --force; --skip-existing keeps what is as it must be and nothing else.
options=(--frames ED --size 32 --spacing 6 --slices 4)
cs-phantom --out set --subjects 2 "${options[@]}"
cp -r set before
exits 2 cs-phantom --out set --subjects 2 "${options[@]}"
diff -r set before || fail "a refused run changed something"
cs-phantom --out set --subjects 2 "${options[@]}" --skip-existing
diff -r set before || fail "--skip-existing changed something"
rm set/phantom002/ED_*
cs-phantom --out set --subjects 2 "${options[@]}" --skip-existing
diff -r set before || fail "--skip-existing did not make what was missing"
# Another setting: the outputs that stand there are not these.
exits 1 cs-phantom --out set --subjects 2 "${options[@]}" --seed 5 --skip-existing
says stderr 'phantom001/ED_img.nii.gz.*--force'
diff -r -x cases.jsonl set before || fail "outputs of other settings were replaced without --force"
cs-phantom --out set --subjects 2 "${options[@]}" --seed 5 --force
! cmp -s set/phantom001/ED_img.nii.gz before/phantom001/ED_img.nii.gz || fail "--force replaced nothing"
# More subjects of the same kind can be added to a set.
cs-phantom --out more --subjects 2 "${options[@]}"
cs-phantom --out more --subjects 3 "${options[@]}" --skip-existing 2>stderr ||
  fail "cannot be continued: $(cat stderr)"
equal "$(wc -l <more/cases.jsonl)" 3

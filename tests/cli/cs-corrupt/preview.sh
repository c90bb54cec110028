# shellcheck shell=bash
# A picture of what is done: alone, beside an image, or of the first case of a list.
cs-phantom --out hearts --subjects 1 --frames ED --size 48 --spacing 4 --slices 3 --log-level error
image=hearts/phantom001/ED_img.nii.gz
is_png() { equal "$(head -c 4 "$1" | od -An -c | tr -d ' ')" '211PNG' "$1"; }
width_of() { od -An -tu1 -j16 -N4 "$1" | awk '{print ($1 * 256 + $2) * 65536 + $3 * 256 + $4}'; }
exits 0 cs-corrupt all --severity 1-5 $image --preview damage.png
is_png damage.png
exits 0 cs-corrupt all $image --preview four.png
[ "$(width_of damage.png)" -gt "$(width_of four.png)" ] || fail "six pictures in a row are not wider than five"
exits 0 cs-corrupt spike $image out.nii.gz --preview one.png
is_png one.png
[ -s out.nii.gz ] || fail "no image beside the preview"
exits 0 cs-corrupt spike --cases hearts/cases.jsonl --out set --preview list.png --repeats 2
is_png list.png
exits 2 cs-corrupt all $image --preview one.png
says stderr 'one.png: exists'
exits 0 cs-corrupt spike --force $image out.nii.gz --preview one.png
exits 0 cs-corrupt spike --threads 1 $image --preview two.png
same_bytes one.png two.png

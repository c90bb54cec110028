# shellcheck shell=bash
# The single form makes the very image that a data set has for this subject, and needs no folder.
options=(--size 40 --spacing 5 --slices 5)
cs-phantom --out set --subjects 2 --site C "${options[@]}"
cs-phantom i.nii.gz s.nii.gz --subject phantom002 --site C "${options[@]}"
same_bytes i.nii.gz set/phantom002/ED_img.nii.gz
same_bytes s.nii.gz set/phantom002/ED_seg.nii.gz
cs-phantom i2.nii.gz s2.nii.gz --subject phantom002 --site C --frames ES "${options[@]}"
same_bytes i2.nii.gz set/phantom002/ES_img.nii.gz
says i2.json '"subject": "phantom002"'
says s2.json '"frame": "ES"'

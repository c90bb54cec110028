# shellcheck shell=bash
# What cannot be listed is refused with one line that names it, and nothing is printed.
mkdir empty
exits 1 cs-list acdc empty
one_line stderr
says stderr '^cs-list: error: empty: holds no case in the layout .acdc.'
[ ! -s stdout ] || fail "something is listed"
exits 1 cs-list coopseg absent
says stderr 'absent: cannot be listed'
exits 2 cs-list dicom empty
says stderr 'acdc'
exits 2 cs-list coopseg empty --labels LV=1
says stderr 'LV=1'
exits 2 cs-list coopseg

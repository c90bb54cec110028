# shellcheck shell=bash
# M&Ms: frames, site and vendor come from the table; image and label share frame_index.
mkdir -p data/Training/A0S9V9
touch data/Training/A0S9V9/A0S9V9_sa.nii.gz data/Training/A0S9V9/A0S9V9_sa_gt.nii.gz
exits 1 cs-list mnms data
says stderr "no .csv file with a column 'External code'.*--csv FILE"
printf ',External code,VendorName,Vendor,Centre,ED,ES\n0,A0S9V9,Siemens,A,1,0,9\n' >table.csv
exits 0 cs-list mnms data --csv table.csv
line_is stdout 2 <<'END'
{"id":"A0S9V9","frame":"ES","image":"data/Training/A0S9V9/A0S9V9_sa.nii.gz",
"label":"data/Training/A0S9V9/A0S9V9_sa_gt.nii.gz","frame_index":9,"subset":"Training","site":"1","vendor":"A",
"vendor_name":"Siemens","dataset":"mnms","labels":{"LV":1,"MYO":2,"RV":3}}
END
exits 2 cs-list acdc data --csv table.csv

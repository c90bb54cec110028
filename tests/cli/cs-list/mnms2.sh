# shellcheck shell=bash
# M&Ms-2: frames and views are files of their own; the table tells vendor, scanner and disease.
mkdir -p MnM2/dataset/{001,010}
touch MnM2/dataset/{001/001,010/010}_{SA,LA}_{CINE,ED,ED_gt,ES,ES_gt}.nii.gz
printf 'SUBJECT_CODE,DISEASE,VENDOR,SCANNER,FIELD\n1,NOR,Philips,Achieva,1.5\n10,TRI,GE,Signa,3\n11,FALL,GE,Signa,3\n' \
  >MnM2/dataset_information.csv
exits 0 cs-list mnms2 MnM2
equal "$(wc -l <stdout)" 4
line_is stdout 4 <<'END'
{"id":"010","frame":"ES","image":"MnM2/dataset/010/010_SA_ES.nii.gz",
"label":"MnM2/dataset/010/010_SA_ES_gt.nii.gz","view":"SA","subset":"dataset","disease":"TRI","vendor":"GE",
"scanner":"Signa","field":"3","dataset":"mnms2","labels":{"LV":1,"MYO":2,"RV":3}}
END
says stderr 'names 3 subjects, the folder holds 2'
exits 0 cs-list mnms2 MnM2 --view LA
line_is stdout 1 <<'END'
{"id":"001","frame":"ED","image":"MnM2/dataset/001/001_LA_ED.nii.gz",
"label":"MnM2/dataset/001/001_LA_ED_gt.nii.gz","view":"LA","subset":"dataset","disease":"NOR","vendor":"Philips",
"scanner":"Achieva","field":"1.5","dataset":"mnms2","labels":{"LV":1,"MYO":2,"RV":3}}
END
exits 2 cs-list mnms2 MnM2 --view 4CH
exits 2 cs-list acdc MnM2 --view SA
says stderr '--view: belongs to the layout'
# The folder below the table, and its table.
exits 0 cs-list mnms2 MnM2/dataset
says stderr "no .csv file with a column 'SUBJECT_CODE': vendor, scanner and disease are not listed"
says_not stdout 'vendor|subset'
exits 0 cs-list mnms2 MnM2/dataset --csv MnM2/dataset_information.csv
says stdout '"vendor":"GE"'
# Other formats are read like these.
mkdir -p other/{1,A1} && touch other/1/1_SA_{ED,ES}.nrrd other/A1/A1_sa.mha
exits 0 cs-list mnms2 other
says stdout '"image":"other/1/1_SA_ED.nrrd"'
printf 'External code,ED,ES\nA1,0,9\n' >other/table.csv
exits 0 cs-list mnms other
says stdout '"image":"other/A1/A1_sa.mha"'
# Subjects that are not whole are left out by name.
rm MnM2/dataset/010/010_SA_ES.nii.gz MnM2/dataset/001/001_SA_ED_gt.nii.gz
exits 1 cs-list mnms2 MnM2
says stderr 'error: 010 is left out: MnM2/dataset/010/010_SA_ES.nii.gz: does not exist'
says stderr '1 of 2 images have no label'
printf 'SUBJECT_CODE,DISEASE\n10,TRI\n' >MnM2/dataset_information.csv
exits 1 cs-list mnms2 MnM2
says stderr 'error: 001 is left out: MnM2/dataset_information.csv: has no line for this subject'
printf 'SUBJECT_CODE\n1\n01\n' >MnM2/dataset_information.csv
exits 1 cs-list mnms2 MnM2
says stderr 'names 1 a second time'
exits 1 cs-list mnms2 MnM2 --csv absent.csv
mkdir empty
exits 1 cs-list mnms2 empty
says stderr 'expected folders ID with ID_SA_ED.nii.gz'

# shellcheck shell=bash
# EMIDEC: images and contours in folders of their own, and a text of each patient.
mkdir -p train/Case_{N006,P001}/{Images,Contours} test/Case_101/Images
touch train/Case_{N006/Images/Case_N006,N006/Contours/Case_N006,P001/Images/Case_P001,P001/Contours/Case_P001}.nii.gz \
  test/Case_101/Images/Case_101.nii.gz
printf 'Case P001\r\nSex\xa0: M\r\nGap between slices : 10 mm\r\nECG (ST +) : Y\r\nKillip Max: 1\r\nid : x\r\n' \
  >'train/Case P001.txt'
exits 0 cs-list emidec .
equal "$(wc -l <stdout)" 3
says stdout '"id":"Case_101","image":"\.?/?test/Case_101/Images/Case_101.nii.gz","subset":"test","dataset":"emidec"\}'
says stdout '"id":"Case_N006",.*"group":"normal"'
exits 0 cs-list emidec train
line_is stdout 2 <<'END'
{"id":"Case_P001","image":"train/Case_P001/Images/Case_P001.nii.gz",
"label":"train/Case_P001/Contours/Case_P001.nii.gz","group":"pathological","sex":"M","gap_between_slices":"10 mm",
"ecg_st":"Y","killip_max":"1","dataset":"emidec","labels":{"LV":1,"healthy-MYO":2,"infarction":3,"no-reflow":4}}
END
mkdir empty
exits 1 cs-list emidec empty
says stderr 'expected folders Case_ID'

# shellcheck shell=bash
# The layout ssl4mis: volumes of train.list, val.list and test.list in that order, slices where a volume is not there.
mkdir -p acdc/data/slices
touch acdc/data/patient{001,002,010}_frame0{1,2}.h5 acdc/data/slices/patient{003_frame01,010_frame01}_slice_{1,2,10}.h5
printf 'patient010_frame01\npatient010_frame02\r\npatient003_frame01\n' >acdc/train.list
echo patient002_frame01 >acdc/val.list
printf 'patient001_frame01 \npatient001_frame02\n' >acdc/test.list
printf '%s\n' patient010_frame01_slice_2 patient003_frame01_slice_{10,1,2} >acdc/train_slices.list
exits 0 cs-list ssl4mis acdc
equal "$(wc -l <stdout)" 8
line_is stdout 1 <<'END'
{"id":"patient010","frame":"frame01","image":"acdc/data/patient010_frame01.h5",
"label":"acdc/data/patient010_frame01.h5","split":"train","h5_axes":"zyx","dataset":"ssl4mis",
"labels":{"RV":1,"MYO":2,"LV":3}}
END
line_is stdout 3 <<'END'
{"id":"patient003","frame":"frame01_slice_10","image":"acdc/data/slices/patient003_frame01_slice_10.h5",
"label":"acdc/data/slices/patient003_frame01_slice_10.h5","split":"train","h5_axes":"yx","slice":10,
"dataset":"ssl4mis","labels":{"RV":1,"MYO":2,"LV":3}}
END
equal "$(grep -o '"split":"[a-z]*"' stdout | cut -d'"' -f4 | uniq -c | xargs)" '5 train 1 val 2 test'

# Slices alone: SSL4MIS's own training needs no more.
rm acdc/train.list acdc/data/patient010_frame01.h5
exits 0 cs-list ssl4mis acdc
equal "$(sed -n 's/.*"id":"\(.*\)","frame":"frame01_\([^"]*\)".*/\1 \2/p' stdout | xargs)" \
  'patient010 slice_2 patient003 slice_10 patient003 slice_1 patient003 slice_2'
# A volume that is to be tested is not made of slices, and a volume of which a slice is missing is left out.
echo patient005_frame01 >acdc/val.list
rm acdc/data/slices/patient003_frame01_slice_1.h5
exits 1 cs-list ssl4mis acdc
equal "$(cut -d'"' -f4 <stdout | xargs)" 'patient010 patient001 patient001'
says stderr 'error: patient003_frame01 is left out: .*patient003_frame01_slice_1.h5: does not exist'
says stderr 'error: patient005_frame01 is left out: acdc/data/patient005_frame01.h5: does not exist'

refused() { # WORDS
  exits 1 cs-list ssl4mis acdc
  one_line stderr
  says stderr "^cs-list: error: $1"
  [ ! -s stdout ] || fail "something is listed"
}
echo patient001_frame01 >acdc/val.list
refused 'acdc/test.list: line 1: names patient001_frame01, which acdc/val.list'
echo patient003_frame01 >acdc/val.list
refused 'acdc/val.list: line 1: names patient003_frame01, which acdc/train_slices'
rm acdc/val.list
for name in patient010_frame01 _slice_1 p_slice_ p_slice_x p_slice_1234567; do
  echo $name >acdc/train_slices.list; refused "acdc/train_slices.list: line 1: is '$name', expected NAME_slice_N"
done
echo ../p_slice_1 >acdc/train_slices.list; refused 'acdc/train_slices.list: line 1: does not hold the name of a case'
rm acdc/*.list; refused 'acdc: holds no train.list, train_slices.list, val.list or test.list'
exits 2 cs-list ssl4mis acdc --csv table.csv

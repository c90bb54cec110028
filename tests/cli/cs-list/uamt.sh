# shellcheck shell=bash
# The layout uamt: NAME/mri_norm2.h5, in the order of train.list and test.list, wherever of the two places each lies.
mkdir -p data/set/{A,B,C,D,F}
touch data/set/{A,B,C,D,F}/mri_norm2.h5
printf 'C  \r\nA\r\n\r\nD' >data/train.list
echo B >data/test.list
exits 0 cs-list uamt data
line_is stdout 1 <<'END'
{"id":"C","image":"data/set/C/mri_norm2.h5","label":"data/set/C/mri_norm2.h5","split":"train","h5_axes":"xyz",
"dataset":"uamt","labels":{"LA":1}}
END
equal "$(cut -d'"' -f4 <stdout | xargs)" 'C A D B'
says stdout '"id":"B".*"split":"test"'
mv stdout first
exits 0 cs-list uamt data/set
same_bytes stdout first
(cd data/set && exits 0 cs-list uamt . && equal "$(wc -l <stdout)" 4)
mv data/*.list data/set/
exits 0 cs-list uamt data/set/
same_bytes stdout first
exits 0 cs-list uamt data/set --labels atrium:1 --dataset la
says stdout '"dataset":"la","labels":\{"atrium":1\}'

# What is missing is left out, and said.
rm data/set/A/mri_norm2.h5
ln -s nowhere data/set/A/mri_norm2.h5
rm -r data/set/D
exits 1 cs-list uamt data/set
equal "$(cut -d'"' -f4 <stdout | xargs)" 'C A B'
says stderr 'warning: 1 listed file leads nowhere, .*\(first: data/set/A/mri_norm2.h5\)'
says stderr 'error: D is left out: data/set/D/mri_norm2.h5: does not exist'

refused() { # WORDS
  exits 1 cs-list uamt data/set
  one_line stderr
  says stderr "^cs-list: error: $1"
  [ ! -s stdout ] || fail "something is listed"
}
# The lists decide who trains and who tests: no name stands there twice, and none leads elsewhere.
printf 'C\nB\nC\n' >data/set/train.list
refused 'data/set/train.list: line 3: names C, which data/set/train.list: line 1 names, too'
printf 'C\nB\n' >data/set/train.list
refused 'data/set/test.list: line 1: names B, which data/set/train.list: line 2 names'
for name in .. ../F /etc a/b $'a\001b' $'\033[1m'; do
  echo "$name" >data/set/train.list; refused 'data/set/train.list: line 1: does not hold the name of a case'
done
printf 'a\0b\n' >data/set/train.list; refused 'data/set/train.list: line 1: does not hold the name of a case'
mkdir data/set/$'a\xff'
touch data/set/$'a\xff'/mri_norm2.h5
printf 'a\xff\n' >data/set/train.list
exits 1 cs-list uamt data/set
says stderr 'has a name that is not UTF-8'
: >data/set/train.list; : >data/set/test.list
refused "data/set: holds no case in the layout 'uamt': its lists name no case"
rm data/set/*.list
refused 'data/set: holds no train.list or test.list, and neither does the folder above it'
exits 1 cs-list uamt nowhere
says stderr 'nowhere: cannot be listed'
# One name, two files.
mkdir -p data/other/C
touch data/other/C/mri_norm2.h5
echo C >data/train.list
exits 1 cs-list uamt data
says stderr 'C is left out: data/set/C/mri_norm2.h5: and data/other/C/mri_norm2.h5 are both C'

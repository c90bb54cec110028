# shellcheck shell=bash
# A full disk, a read-only folder and no shared memory: what cannot be written is named, what is there is whole, and the
# same command completes once the fault is gone. Mounts are made in a namespace of this test's own.
case ${COOPSEG_TEST_NAMESPACE:-} in
  '')
    how=(-m)
    [ "$(id -u)" = 0 ] || how=(-rm)
    unshare "${how[@]}" mount -t tmpfs tmpfs /mnt 2>/dev/null || skip "mounts of one's own are not allowed here"
    programs=$(dirname "$(command -v cs-list)")
    COOPSEG_TEST_NAMESPACE=1 unshare "${how[@]}" bash "$here/run.sh" "$case_file" "$programs"
    exit $?
    ;;
esac
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
command -v python3 >/dev/null || skip "python3 is not installed"
whole() { python3 "$(dirname "$case_file")/whole.py" "$@" || fail "after a fault"; }

cs-phantom --out hearts --subjects 4 --size 64 --slices 5 --seed 2 --log-level error
cs-preprocess --cases hearts/cases.jsonl --out ready --log-level error
cp ready/cases.jsonl ready/all.jsonl
head -2 ready/all.jsonl >ready/few.jsonl
mkdir disk
# The folder of the test cannot be removed while something is mounted in it.
fail() {
  umount disk 2>/dev/null || true
  echo "FAILED: $*" >&2
  exit 1
}

# into FOLDER: the command under test with its outputs in this folder.
into() {
  local folder=$1
  shift
  "${work[@]//DISK/$folder}" "$@"
}
fits_no_more() {
  local status=0
  rm -rf undisturbed
  echo "${work[0]}"
  into undisturbed/out --log-level error || fail "${work[*]} ends with $?"
  # Half of what is needed, in whole pages.
  local kilobytes
  kilobytes=$(($(du -sk --apparent-size undisturbed | cut -f1) / 2))
  mount -t tmpfs -o size=${kilobytes}k tmpfs disk
  into disk/out --log-level error 2>err || status=$?
  [ $status = 1 ] || fail "${work[*]} ends with $status on a full disk: $(cat err)"
  says err 'disk/out.*: .*No space left'
  no_leftovers disk
  whole disk
  mount -o remount,size=100m disk
  into disk/out "${go_on[@]}" --log-level error 2>err || fail "${work[*]} does not go on: $(cat err)"
  diff -r "${except[@]}" undisturbed/out disk/out || fail "${work[*]}: another result than without the fault"
  umount disk
}
writes_nowhere() {
  local status=0
  mount -t tmpfs -o ro tmpfs disk
  into disk/out --log-level error 2>err || status=$?
  [ $status = 1 ] || fail "${work[*]} ends with $status in a read-only folder: $(cat err)"
  one_line err
  says err 'disk.*: .*Read-only'
  umount disk
}
except=()
go_on=(--skip-existing)
works=('cs-phantom --out DISK --subjects 4 --size 64 --slices 5 --seed 2'
  'cs-preprocess --cases hearts/cases.jsonl --out DISK'
  'cs-distance-map --cases ready/all.jsonl --out DISK'
  'cs-corrupt all --cases ready/all.jsonl --out DISK')
if with_networks; then
  gzip -dc "$(dirname "$case_file")/../cs-model/trained.header.gz" >trained.header
  golden_model trained.header model.safetensors # of the classes of these hearts
  works+=('cs-predict --model model.safetensors --cases ready/few.jsonl --out DISK --probabilities'
    'cs-perturb --model model.safetensors --cases ready/few.jsonl --out DISK --latent-da image')
fi
for work_text in "${works[@]}"; do
  read -ra work <<<"$work_text"
  fits_no_more
  writes_nowhere
done
go_on=(--force)
work=(cs-split --cases ready/all.jsonl --train rest --test 1 --out DISK)
writes_nowhere
sed -E 's/("label":"[^"]*")/\1,"prediction":"phantom001\/ED_seg.nii.gz","prediction_labels":{"LV":1,"MYO":2,"RV":3}/' ready/few.jsonl >ready/predicted.jsonl
work=(cs-dice --cases ready/predicted.jsonl --csv DISK/scores.csv)
writes_nowhere
with_networks || exit 0
# A training says what it could not keep, and goes on from what it could.
work=(cs-train-ftn --cases ready/few.jsonl --out DISK --crop 32 --batch-size 2 --epochs 2)
go_on=(--resume)
except=(-x log.jsonl)
fits_no_more
writes_nowhere

# Nothing needs /dev/shm.
mount -t tmpfs -o ro tmpfs /dev/shm
for folder in a b; do
  cs-train-ftn --cases ready/few.jsonl --out $folder --crop 32 --batch-size 2 --epochs 1 --threads 2 --log-level error
  cs-predict --model $folder/best.safetensors --cases ready/few.jsonl --out $folder/predicted --log-level error
  umount /dev/shm 2>/dev/null || true
done
same_bytes a/last.safetensors b/last.safetensors
same_bytes a/predicted/phantom001/ED_pred.nii.gz b/predicted/phantom001/ED_pred.nii.gz

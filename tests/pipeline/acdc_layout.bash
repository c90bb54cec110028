# shellcheck shell=bash
# Synthetic hearts in the folders and names of the public data sets.

# acdc_folders DATA SUBJECTS OPTION...: DATA/training/patientNNN with frames, labels (LV is 3) and Info.cfg; options are
# those of cs-phantom.
acdc_folders() {
  local data=$1 id to frame
  cs-phantom --out made-hearts --prefix patient --subjects "$2" --sites 1 "${@:3}"
  cs-preprocess --cases made-hearts/cases.jsonl --percentiles none --spacing keep --to-labels acdc --out made-acdc
  for to in made-acdc/patient*; do
    id=${to#made-acdc/}
    mkdir -p "$data/training/$id"
    printf 'ED: 1\nES: 12\nGroup: DCM\nHeight: 180.0\nNbFrame: 30\nWeight: 80.0\n' >"$data/training/$id/Info.cfg"
    for frame in ED:01 ES:12; do
      mv "$to/${frame%:*}_img.nii.gz" "$data/training/$id/${id}_frame${frame#*:}.nii.gz"
      mv "$to/${frame%:*}_seg.nii.gz" "$data/training/$id/${id}_frame${frame#*:}_gt.nii.gz"
    done
  done
  rm -r made-acdc made-hearts
}

# join_frames FRAME... FILE: one 4D file of 3D ones on one grid.
join_frames() {
  local out=${*: -1} frame
  gunzip -c "$1" | head -c 352 >joined
  # Dimensions and frames: bytes 40 and 48 of the header.
  printf '\004' | dd of=joined bs=1 seek=40 conv=notrunc status=none
  printf '%b' "\\x$(printf %02x $(($# - 1)))" | dd of=joined bs=1 seek=48 conv=notrunc status=none
  for frame in "${@:1:$#-1}"; do gunzip -c "$frame" | tail -c +353; done | cat joined - | gzip -n1 >"$out"
  rm joined
}

# mnms_folders DATA SUBJECTS OPTION...: 4D files of two frames and their table, of two vendors.
mnms_folders() {
  local data=$1 id to kind number=0
  cs-phantom --out made-mnms --prefix M --subjects "$2" --sites 2 "${@:3}"
  mkdir -p "$data/Testing"
  echo ',External code,VendorName,Vendor,Centre,ED,ES' >"$data/information.csv"
  for to in made-mnms/M*; do
    id=${to#made-mnms/}
    mkdir "$data/Testing/$id"
    for kind in img: seg:_gt; do
      join_frames "$to/ED_${kind%:*}.nii.gz" "$to/ES_${kind%:*}.nii.gz" "$data/Testing/$id/${id}_sa${kind#*:}.nii.gz"
    done
    echo "$number,$id,Maker,$([ $((number % 2)) = 0 ] && echo A || echo B),1,0,1" >>"$data/information.csv"
    number=$((number + 1))
  done
  rm -r made-mnms
}

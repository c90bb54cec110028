# NIfTI-1 files from the shell, for the tests beside this one.
# shellcheck shell=bash disable=SC2059

le16() { printf '\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)); }
zeros() { head -c "$1" /dev/zero; }
# Little-endian bytes of the few floats that are needed.
le_float() {
  case $1 in
    0) printf '\\x00\\x00\\x00\\x00' ;;
    1) printf '\\x00\\x00\\x80\\x3f' ;;
    1.5) printf '\\x00\\x00\\xc0\\x3f' ;;
    2) printf '\\x00\\x00\\x00\\x40' ;;
    10) printf '\\x00\\x00\\x20\\x41' ;;
    352) printf '\\x00\\x00\\xb0\\x43' ;;
    *) return 1 ;;
  esac
}

# make_nifti FILE NX NY NZ NT SPACING VALUE...: int16 voxels, the values repeated until the file is full; slices 10 mm
# apart; qform and sform equal, axes along RAS. NT 0: three dimensions.
make_nifti() {
  local file=$1 nx=$2 ny=$3 nz=$4 nt=$5 spacing=$6 frames=$(($5 > 0 ? $5 : 1))
  shift 6
  local s one ten zero offset count
  s=$(le_float "$spacing") one=$(le_float 1) ten=$(le_float 10) zero=$(le_float 0) offset=$(le_float 352)
  count=$((nx * ny * nz * frames))
  {
    printf '\x5c\x01\x00\x00'
    zeros 36
    printf "$(le16 $((nt > 0 ? 4 : 3)))$(le16 "$nx")$(le16 "$ny")$(le16 "$nz")$(le16 "$frames")"
    printf "$(le16 1)$(le16 1)$(le16 1)"
    zeros 14
    printf "$(le16 4)$(le16 16)"
    zeros 2
    printf "$one$s$s$ten$one$one$one$one$offset$one$zero"
    zeros 3
    printf '\x02'
    zeros 128
    printf "$(le16 1)$(le16 1)"
    printf "$zero$zero$zero$zero$zero$zero"
    printf "$s$zero$zero$zero$zero$s$zero$zero$zero$zero$ten$zero"
    zeros 16
    printf 'n+1\x00\x00\x00\x00\x00'
    perl -e '$count = shift; print pack("s<*", map { $ARGV[$_ % @ARGV] } 0 .. $count - 1)' "$count" "$@"
  } >"${file%.gz}"
  if [ "$file" != "${file%.gz}" ]; then gzip -nf "${file%.gz}"; fi
}

# What an unpacked NIfTI file says: size_of FILE, spacing_of FILE, floats_of FILE, bytes_of FILE.
size_of() { od -An -td2 -j42 -N6 "$1" | xargs; }
spacing_of() { od -An -tf4 -j80 -N12 "$1" | xargs; }
floats_of() { od -An -v -tf4 -w4 -j352 "$1" | xargs; }
bytes_of() { od -An -v -tu1 -w1 -j352 "$1" | xargs; }

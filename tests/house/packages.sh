#!/usr/bin/env bash
# The Debian packages install, work and go again in a minimal system of their release: packages.sh RELEASE BUILD [FOLDER]
# BUILD is where `make -f Makefile.pipelines deb` made them; FOLDER keeps the system for another time. As root, by hand:
# a system takes two minutes to make, LibTorch and what it depends on are 700 MB to download and unpack.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
release=$1 packages=$(realpath "$2/packages")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/house/minimal_system.bash
source "$here/minimal_system.bash"
fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "== $*"; }

[ "$(find "$packages" -name '*.deb' | wc -l)" = 3 ] || fail "$packages does not hold three packages: make -f Makefile.pipelines deb"
if command -v lintian >/dev/null; then
  step "lintian finds no error (but that of a maintainer's address which nobody gave)"
  lintian --allow-root --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
    "$packages"/*.deb
else
  step "lintian is not installed: the packages' form was not looked at"
fi

minimal_system "$release" "${3:-}"
system_binds=("$packages:/packages")
all=(coopseg coopseg-doc coopseg-networks)
quietly() { in_system "$@" >"$system/var/log/last" 2>&1 || { tail -30 "$system/var/log/last" >&2; fail "$*"; }; }
# visit: a script for a user with no rights, in a folder of his own.
visit() { in_system su - visitor -c 'mkdir -p work && cd work && exec bash -euo pipefail -s'; }
programs_of() { dpkg-deb -c "$packages/$1"_*.deb | sed -n 's|.* \./usr/bin/||p'; }
# open PROGRAM...: each says its version, has a manual page, and completes its options.
open() {
  visit <<INSIDE
    for program in $*; do
      "\$program" --version
      man "\$program" >page
      grep -q "^NAME" page && grep -q "EXIT STATUS" page || { echo "man \$program:"; head page; exit 1; }
      bash -c '
        . /usr/share/bash-completion/bash_completion
        _completion_loader \$0 || [ \$? = 124 ]
        [[ \$(complete -p \$0) =~ -F\ ([^ ]+) ]]
        COMP_WORDS=(\$0 --vers) COMP_CWORD=1 COMP_LINE="\$0 --vers" COMP_POINT=\${#COMP_LINE}
        "\${BASH_REMATCH[1]}" \$0 --vers \$0 || true
        [[ " \${COMPREPLY[*]} " = *" --version "* ]]' "\$program" || { echo "\$program does not complete"; exit 1; }
    done
INSIDE
}

in_system id visitor >/dev/null 2>&1 || in_system useradd -m -s /bin/bash visitor
quietly dpkg --purge "${all[@]}"
quietly apt-get install make man-db bash-completion

step "coopseg and coopseg-doc, without LibTorch"
quietly sh -c 'apt-get install /packages/coopseg_*.deb /packages/coopseg-doc_*.deb'
if in_system sh -c 'dpkg -l "libtorch*" "libopenblas*" 2>/dev/null | grep ^ii'; then
  [ "${3:-}" ] || fail "coopseg brings these"
fi
mapfile -t programs < <(programs_of coopseg)
open "${programs[@]}"
visit <<'INSIDE'
  rm -rf ./*
  cs-phantom --out hearts --subjects 2 --sites 1 --size 48 --slices 4 --log-level error
  cs-preprocess --cases hearts/cases.jsonl --out ready --log-level error
  cs-corrupt spike --cases ready/cases.jsonl --out spoilt --log-level error
  cs-check --cases ready/cases.jsonl >checked.jsonl
  cs-dice --labels coopseg ready/phantom001/ED_seg.nii.gz ready/phantom001/ED_seg.nii.gz
  cs-split --list-policies | grep -q acdc
  zcat /usr/share/doc/coopseg/changelog.gz | grep -q '^# Changes'
  ls /usr/share/doc/coopseg/README.md /usr/share/doc/coopseg/examples >/dev/null
INSIDE

step "coopseg-networks, and the demo"
quietly sh -c 'apt-get install /packages/coopseg-networks_*.deb'
in_system sh -c 'readlink -f /usr/lib/*/libblas.so.3' | grep openblas || fail "LibTorch has no fast BLAS"
mapfile -t programs < <(programs_of coopseg-networks)
open "${programs[@]}"
visit <<'INSIDE' || fail "the demo"
  make -f /usr/share/coopseg/pipelines/demo.mk ITERATIONS=2 THREADS=1 >log 2>&1 || { tail -30 log; exit 1; }
  tail -30 log
  grep -q 'const vega = ' demo-out/report.html
  model=$(find demo-out/run -name best.safetensors | sort | head -1)
  cs-predict --model "$model" hearts/phantom001/ED_img.nii.gz one.nii.gz --log-level error
INSIDE
in_system dpkg --verify "${all[@]}" || fail "use changes what was installed"

step "and away again"
quietly dpkg --purge "${all[@]}"
left=$(in_system find / -xdev -not -path '/home/*' -not -path '/packages/*' \( -iname '*coopseg*' -o -name 'cs-*' \))
[ -z "$left" ] || fail "purging leaves $left"
echo "the packages of $packages install, work and go again in $release"

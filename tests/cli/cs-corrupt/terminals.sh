# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
# A terminal that cannot obey escape sequences gets none, whatever else its environment says: Emacs' shell (TERM=dumb)
# and consoles without TERM. NO_COLOR takes the colours away and leaves the bar, which is no wider than the terminal.
command -v script >/dev/null || skip "no script(1) to give a program a terminal (Debian: bsdutils)"
source "$here/cs-preprocess/make_nifti.bash"
# shellcheck disable=SC2046
make_nifti blank.nii 4 3 1 0 1.5 $(yes 5 | head -12)
echo '{"id":"blank","image":"blank.nii"}' >list.jsonl

# on_terminal [NAME=VALUE]...: what cs-corrupt says, with a warning, on a terminal of 40 columns. => shown
on_terminal() {
  env -u TERM -u NO_COLOR COLORTERM=truecolor "$@" script -qec \
    "stty cols 40; cs-corrupt bias --cases list.jsonl --out bad --force" /dev/null </dev/null >shown || fail "$(cat shown)"
  tr '\r' '\n' <shown >lines
  says lines 'warning:.* blank.nii: '
}
escape=$'\x1b'
on_terminal TERM=xterm
says lines "$escape\\[K.*corrupting \\[=+\\] 1/1 cases"
says lines "cs-corrupt: $escape\\[[0-9;m${escape}[]*warning:?$escape"
longest=$(grep -F "${escape}[K" lines | sed "s/^$escape\\[K//" | awk '{ if (length > n) n = length } END { print n + 0 }')
[ "$longest" -lt 40 ] || fail "$longest characters in 40 columns"
on_terminal TERM=xterm NO_COLOR=1
says lines "$escape\\[K.*corrupting \\[=+\\] 1/1 cases"
says lines 'cs-corrupt: warning: '
on_terminal TERM=xterm NO_COLOR=
says lines "cs-corrupt: $escape"
for term in TERM=dumb TERM= UNSET=; do
  on_terminal $term
  says_not lines "$escape"
  says lines '^cs-corrupt: warning: '
done

#!/usr/bin/env bash
# The README is short, and it and docs/ are right in what can be checked without running anything: links lead to files;
# programs, options, targets, variables, presets and files that the text or a command names are there; no commands stand
# where the test that runs them (tests/pipeline/docs.sh) would not find them.
set -euo pipefail
source_dir=$1 build=$2
shift 2
cd "$source_dir"
# shellcheck source=tests/support/pages.bash
source tests/support/pages.bash
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
wrong() { echo "$page: $*"; status=1; }

# Options of each program that is built.
for program in "$@"; do
  "$build/bin/$program" --help-as json | grep -oE '"--?[a-zA-Z0-9-]+"' | tr -d '"' | sed "s/^/$program /"
done | sort -u >"$scratch/options"
# has_option PROGRAM OPTION, or OPTION of any program: where networks are not built, nobody knows theirs.
has_option() {
  grep -qE -- "^${1:-cs-[a-z-]+} $2\$" "$scratch/options" || ! grep -q "^${1:-cs-train-ftn} " "$scratch/options"
}

# named WORD...: what the words of a command name.
named() {
  local word name command='' before=''
  for word in "$@"; do
    word=${word//[\"\']/}
    case $word in
      '|' | '&&') command='' before=''; continue ;;
      cs-*)
        [ "$command" ] || { command=$word; grep -qw -- "$word" apps/CMakeLists.txt || wrong "there is no program $word"; } ;;
      -D*=*)
        name=${word%%=*}
        grep -qE "(option|set)\(${name#-D}( |$)" CMakeLists.txt tests/CMakeLists.txt ||
          [[ $name == -D@(CMAKE_*|*_DIR) ]] || wrong "no CMake variable of ours: $word" ;;
      *=*)
        [[ ! $word =~ ^[A-Z_]+= ]] || [[ ! $command =~ ^(make|)$ ]] ||
          grep -qw -- "${word%%=*}" Makefile.pipelines share/pipelines/*.mk share/slurm/submit.sh ||
          wrong "no variable of the makefiles: $word" ;;
      --*)
        case $command in
          cs-*) has_option "$command" "$word" || wrong "$command has no option $word" ;;
          '') has_option '' "$word" || wrong "no program has the option $word" ;;
        esac ;;
      *share/coopseg/*) [ -e "share/${word#*share/coopseg/}" ] || wrong "there is no $word" ;;
      build/bench/*) [ -e "tests/bench/${word#build/bench/}.cpp" ] || wrong "there is no $word" ;;
      share/* | tests/* | examples/* | lib/* | docs/* | .ci/*) [ -e "$word" ] || wrong "there is no $word" ;;
    esac
    [ "$before" != --preset ] || grep -q "\"name\": \"$word\"" CMakePresets.json || wrong "there is no preset $word"
    [ "$command" ] || command=$word
    before=$word
  done
}

words=$(wc -w <README.md)
page=README.md
[ "$words" -le 1000 ] || wrong "has $words words, and more than a screen"
pages . >"$scratch/pages"
for page in docs/*.md; do
  grep -qx "$page" "$scratch/pages" || wrong "the README does not lead here"
done

while read -r page; do
  [ -e "$page" ] || { wrong "is not there"; continue; }
  folder=$(dirname "$page") text=$scratch/text
  awk 'length($0) > 120 && !/^\|/ { print FILENAME ":" FNR ": longer than 120 characters"; long = 1 } END { exit long }' \
    "$page" || status=1

  if grep -n '@@' "$page"; then wrong "^ a figure is missing"; fi

  # All commands are in passages that say so.
  rm -rf "$scratch/passages"
  passages "$page" "$scratch/passages"
  for file in "$scratch"/passages/*; do
    case $file in
      *'*' | *.sh | *.not-run) ;;
      *.json) python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$file" ||
                wrong "is no JSON: $(cat "$file")" ;;
      *) wrong "a passage that is neither sh nor json: $(cat "$file")" ;;
    esac
  done
  awk '/^```/ { inside = !inside; next } !inside' "$page" >"$text"
  if grep -nE '^(    |	|~~~)|<(pre|code)\b' "$text"; then wrong "^ write commands as \`\`\`sh"; fi

  # Links, within the repository; to a place within a page, too.
  while read -r link; do
    case $link in
      http*) ;;
      *) [ -e "$folder/${link%%#*}" ] || wrong "a link to $link leads nowhere" ;;
    esac
  done < <(grep -oE '\]\([^)]+\)' "$text" | sed 's/^](//; s/)$//')

  # In the text an option may stand with its program and a value; longer commands are for passages, which are run.
  # shellcheck disable=SC2016
  tr '\n' ' ' <"$text" | grep -oE '`[^`]+`' | tr -d '`' >"$scratch/spans" || true
  while read -r span; do
    read -ra parts <<<"$span"
    named "${parts[@]}"
    [[ ! $span =~ ^(cs-[a-z]+|make|cmake|ctest|sbatch)\  ]] || [ ${#parts[@]} -le 3 ] ||
      wrong "a command in the text: $span"
  done <"$scratch/spans"

  # What is not run names what there is, and make knows how to do it.
  for file in "$scratch"/passages/*.not-run; do
    [ -e "$file" ] || continue
    while read -r line; do
      read -ra parts <<<"${line%%  #*}"
      named "${parts[@]}"
      case $line in
        'make -f Makefile.pipelines '*)
          bash -eo pipefail -c "make() { command make -n \"\$@\"; }; $line" >"$scratch/plan" 2>"$scratch/errors" ||
            wrong "$line: $(cat "$scratch/errors")"
          [ -s "$scratch/plan" ] || wrong "does nothing: $line" ;;
      esac
    done <"$file"
  done
done <"$scratch/pages"
exit $status

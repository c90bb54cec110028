# shellcheck shell=bash
# Files of format 1 can be used for ever; those of a newer version are refused with words.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
here_files=$(dirname "$case_file")
# The golden model: its header as it was written, its numbers by a formula (tests/support/golden_model.cpp).
golden_model "$here_files/model-format-1.header" old.safetensors
equal "$(sha256sum old.safetensors | cut -d' ' -f1)" 7f3b8db68b917140005dd84f7d59e7e3cec4ed2f8a5f151e62aa828f639ed0ca \
  '(the golden file itself)'
exits 0 cs-model check old.safetensors
exits 0 cs-model show old.safetensors --json
says stdout '"crop": ?32'
says stdout '"slow_thinking": ?true'
pair sound
{ a_case a sound.nii sound_seg.nii; } >cases.jsonl
for stage in ftn stn; do
  exits 0 cs-predict --model old.safetensors --stage $stage sound.nii $stage.nii --log-level error
  cs-check sound.nii $stage.nii --labels LV:1,MYO:2 --log-level error >/dev/null || fail "$stage gives no label map"
done
exits 0 cs-perturb --model old.safetensors --cases cases.jsonl --out hard --log-level error

# The same bytes but for the number of the format, as long as it was.
LC_ALL=C sed '0,/\\"format\\":1,/s//\\"format\\":2,/' old.safetensors >new.safetensors
newer='new.safetensors: is a model of format 2, this program knows formats up to 1; use a newer version'
exits 1 cs-model check new.safetensors
says stderr "$newer"
exits 1 cs-model show new.safetensors
says stderr "$newer"
for program in cs-predict cs-perturb; do
  exits 2 $program --model new.safetensors --cases cases.jsonl --out out
  says stderr "$newer"
  absent out
done

# Run folders: their settings and their state.
training=(--cases cases.jsonl --out run --crop 32 --batch-size 2 --epochs 1 --log-level error)
cs-train-ftn "${training[@]}"
cp -r run kept
sed -i 's|coopseg.run/1|coopseg.run/2|' run/config.json
exits 1 cs-train-ftn "${training[@]}" --resume
says stderr 'run/config.json: was written by a newer version \(coopseg.run/2\), this program knows up to coopseg.run/1'
cp kept/config.json run
LC_ALL=C sed -i '0,/\\"format\\":1,/s//\\"format\\":2,/' run/state.safetensors
exits 1 cs-train-ftn "${training[@]}" --resume
says stderr 'run/state.safetensors: was written by a newer version'
same_bytes run/last.safetensors kept/last.safetensors
same_bytes run/log.jsonl kept/log.jsonl

# Recipes.
cs-corrupt spike --cases cases.jsonl --out set --log-level error
sed 's|coopseg.recipe/1|coopseg.recipe/10|' set/recipe.jsonl >recipe.jsonl
exits 2 cs-corrupt --recipe recipe.jsonl --cases cases.jsonl --out other
says stderr 'recipe.jsonl: line 1: was written by a newer version \(coopseg.recipe/10\)'
absent other

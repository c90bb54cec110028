# shellcheck shell=bash
# Files of format 1 can be used for ever; those of a newer version are refused with words.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
here_files=$(dirname "$case_file")
golden old.safetensors
equal "$(sha256sum old.safetensors | cut -d' ' -f1)" 7f3b8db68b917140005dd84f7d59e7e3cec4ed2f8a5f151e62aa828f639ed0ca \
  '(the golden file itself)'
exits 0 cs-model check old.safetensors
exits 0 cs-model show old.safetensors --json
says stdout '"crop": ?32'
says stdout '"slow_thinking": ?true'

# The same bytes but for the number of the format, as long as it was.
LC_ALL=C sed '0,/\\"format\\":1,/s//\\"format\\":3,/' old.safetensors >new.safetensors
newer='new.safetensors: is a model of format 3, this program knows formats up to 2; use a newer version'
exits 1 cs-model check new.safetensors
says stderr "$newer"
exits 1 cs-model show new.safetensors
says stderr "$newer"

# Recipes.
pair sound
a_case a sound.nii sound_seg.nii >cases.jsonl
cs-corrupt spike --cases cases.jsonl --out set --log-level error
sed 's|coopseg.recipe/1|coopseg.recipe/10|' set/recipe.jsonl >recipe.jsonl
exits 2 cs-corrupt --recipe recipe.jsonl --cases cases.jsonl --out other
says stderr 'recipe.jsonl: line 1: was written by a newer version \(coopseg.recipe/10\)'
absent other

with_networks || exit 0
for stage in ftn stn; do
  exits 0 cs-predict --model old.safetensors --stage $stage sound.nii $stage.nii --log-level error
  cs-check sound.nii $stage.nii --labels LV:1,MYO:2 --log-level error >/dev/null || fail "$stage gives no label map"
done
exits 0 cs-perturb --model old.safetensors --cases cases.jsonl --out hard --log-level error
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

# A golden run folder after its first epoch: config.json and log.jsonl as they were written, the state like the golden
# model. golden_data: its image and label map of 32 x 32 x 2 voxels, to the byte, without help of the toolkit.
golden_data() {
  perl -e '
    sub header { pack("l< x36 s<8 x14 s<2 x2 f<8 f< x8 x3 C x128 s<2 x24 f<12 x16 a4 x4", 348, 3, 32, 32, 2, 1, 1, 1, 1,
      @_, 1, 2, 2, 8, 0, 0, 0, 0, 352, 2, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 8, 0, "n+1") }
    my (@image, @label);
    for my $z (0 .. 1) { for my $y (0 .. 31) { for my $x (0 .. 31) {
      my $d = ($x - 16) ** 2 + ($y - 15 - $z) ** 2;
      push @label, $d < 36 ? 1 : $d < 100 ? 2 : 0;
      push @image, (($x * 7 + $y * 13 + $z) % 32 + ($d < 36 ? 96 : $d < 100 ? 32 : 0)) / 128;
    } } }
    open my $out, ">:raw", "golden.nii"; print $out header(16, 32), pack("f<*", @image); close $out;
    open $out, ">:raw", "golden_seg.nii"; print $out header(2, 8), pack("C*", @label); close $out;'
}
golden_data
a_case a golden.nii golden_seg.nii >golden.jsonl
training=(cs-train-coop --cases golden.jsonl --crop 32 --batch-size 2 --epochs 2 --device cpu --log-level warning --out)
gzip -dc "$here_files/run-format-1/state.header.gz" >state.header
for folder in golden newer; do
  mkdir $folder
  cp "$here_files"/run-format-1/{config.json,log.jsonl} $folder
  golden_model state.header $folder/state.safetensors
done
sha256sum golden.nii golden_seg.nii golden/state.safetensors | cut -d' ' -f1 >hashes
equal "$(tr '\n' ' ' <hashes)" "7fa6b24f93257e8b00e612eaf4c41acce0432b19ed1186a6ea3f97a0e0ec8296 \
f714bd9e87889ba3aafdd735e7deab3b94cf0f374a97afe4be6738cc107a790b \
931c1286143e517a702521ecb267933c3eb9893956a90ccd22c5f513fafd79ab " \
  '(the golden files themselves)'
exits 0 "${training[@]}" golden --resume
equal "$(head -1 golden/log.jsonl)" "$(cat "$here_files/run-format-1/log.jsonl")" '(the first epoch)'
equal "$(grep -oE '"type":"epoch","epoch":[0-9]+,"iteration":[0-9]+' golden/log.jsonl | tail -1)" \
  '"type":"epoch","epoch":2,"iteration":4'
exits 0 cs-model check golden/last.safetensors
exits 0 cs-predict --model golden/best.safetensors golden.nii golden_pred.nii --log-level error
LC_ALL=C sed -i '0,/\\"format\\":1,/s//\\"format\\":2,/' newer/state.safetensors
exits 1 "${training[@]}" newer --resume
says stderr 'newer/state.safetensors: was written by a newer version'

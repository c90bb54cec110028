# shellcheck shell=bash
# Given parameters give known voxels: a spike is a wave, ghosting without intensity nothing, and a whole-voxel movement
# what it says; with --no-crop --no-rescale nothing else is done.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti flat.nii 8 4 2 0 1.5 10
cat >spike.json <<'END'
{"artefact": "spike", "parameters": {"positions": [[0.5, 0.5, 0.75]], "intensity": 0.5}}
END
exits 0 cs-corrupt --params spike.json --no-crop --no-rescale flat.nii out.nii
equal "$(floats_of out.nii | cut -d' ' -f1-8 | awk '{for (i = 1; i <= NF; ++i) printf "%.4f ", $i}')" \
  "15.0000 10.0000 5.0000 10.0000 15.0000 10.0000 5.0000 10.0000 "
echo '{"artefact": "ghosting", "parameters": {"num_ghosts": 4, "axis": 1, "intensity": 0}}' >none.json
make_nifti ramp.nii 8 4 2 0 1.5 1 2 3 4 5 6 7 9
exits 0 cs-corrupt --params none.json --no-crop --no-rescale ramp.nii same.nii
equal "$(floats_of same.nii)" "$(for _ in 1 2 3 4 5 6 7 8; do echo 1 2 3 4 5 6 7 9; done | xargs)"

# Over a list, the same for all.
printf '{"id":"a","image":"ramp.nii"}\n{"id":"b","image":"flat.nii"}\n' >list.jsonl
exits 0 cs-corrupt --params spike.json --no-crop --no-rescale --cases list.jsonl --out set
same_bytes <(gunzip -c set/b/spike_r0_img.nii.gz) out.nii
says set/cases.jsonl '"artefact":"spike","repeat":0'
says set/recipe.jsonl '"given":\[\{"artefact":"spike"'
exits 0 cs-corrupt --recipe set/recipe.jsonl --cases list.jsonl --out set2
same_bytes set/recipe.jsonl set2/recipe.jsonl
# Other parameters under the same name are not taken for these.
sed -i 's/"intensity": 0.5/"intensity": 0.6/' spike.json
exits 1 cs-corrupt --params spike.json --no-crop --no-rescale --cases list.jsonl --out set --skip-existing
says stderr 'exists'

# shellcheck shell=bash
# One image: each artefact, what its sidecar says, and the same bytes again from the sidecar alone.
cs-phantom ED_img.nii.gz ED_seg.nii.gz --size 40 --spacing 4 --slices 5 --log-level error
for type in bias ghosting motion spike; do
  exits 0 cs-corrupt $type ED_img.nii.gz $type.nii.gz
  equal "$(wc -c <stdout)" 0
  says $type.json '"program": "cs-corrupt"'
  says $type.json "\"artefact\": \"${type/bias/bias_field}\""
  says $type.json '"parameters": \{'
  says $type.json "$(sha256sum ED_img.nii.gz | cut -d' ' -f1)"
  says $type.json "$(sha256sum $type.nii.gz | cut -d' ' -f1)"
  exits 0 cs-corrupt --params $type.json ED_img.nii.gz again_$type.nii.gz
  same_bytes $type.nii.gz again_$type.nii.gz
  if cmp -s $type.nii.gz ED_img.nii.gz; then fail "$type does nothing"; fi
done
cs-check --cases <(for type in bias ghosting motion spike; do
  echo "{\"id\":\"$type\",\"image\":\"$PWD/$type.nii.gz\",\"label\":\"$PWD/ED_seg.nii.gz\"}"; done) >checked 2>&1 ||
  fail "not on the grid of the original: $(cat checked)"

# Other settings come back from the sidecar, too, and of a chain all its artefacts.
exits 0 cs-corrupt --chain motion,spike --dialect physical --no-crop --no-rescale --compression 9 --seed 3 \
  ED_img.nii.gz chain.nii.gz
says chain.json '"artefacts": \['
says chain.json '"artefact": "motion_physical"'
says chain.json '"artefact": "spike_physical"'
exits 0 cs-corrupt --params chain.json ED_img.nii.gz again_chain.nii.gz
same_bytes chain.nii.gz again_chain.nii.gz
exits 0 cs-corrupt --params chain.json --compression 1 ED_img.nii.gz fast.nii.gz
if cmp -s fast.nii.gz chain.nii.gz; then fail "--compression does nothing"; fi
same_bytes <(gunzip -c fast.nii.gz) <(gunzip -c chain.nii.gz)

# Parameters of another image: used, with a warning.
cs-phantom other.nii.gz other_seg.nii.gz --subject x --size 40 --spacing 4 --slices 5 --log-level error
exits 0 cs-corrupt --params chain.json other.nii.gz other_bad.nii.gz
says stderr 'other.nii.gz: is not the image that chain.json tells of'

# The seed decides; threads do not.
exits 0 cs-corrupt spike --seed 1 ED_img.nii.gz one.nii.gz
if cmp -s one.nii.gz spike.nii.gz; then fail "--seed does nothing"; fi
exits 0 cs-corrupt motion --threads 1 ED_img.nii.gz one_thread.nii.gz
exits 0 cs-corrupt motion --threads 4 ED_img.nii.gz four_threads.nii.gz
same_bytes one_thread.nii.gz four_threads.nii.gz
same_bytes one_thread.nii.gz motion.nii.gz

# Existing outputs stay without --force, and are kept with --skip-existing if they are what they would be.
exits 2 cs-corrupt spike --seed 2 ED_img.nii.gz spike.nii.gz
says stderr 'spike.nii.gz: exists; --force'
same_bytes spike.nii.gz again_spike.nii.gz
exits 0 cs-corrupt spike ED_img.nii.gz spike.nii.gz --skip-existing
exits 2 cs-corrupt spike --seed 2 ED_img.nii.gz spike.nii.gz --skip-existing
exits 0 cs-corrupt spike --seed 2 ED_img.nii.gz spike.nii.gz --force
exits 2 cs-corrupt spike ED_img.nii.gz ED_img.nii.gz --force
says stderr 'is the input'
no_leftovers .

# shellcheck shell=bash
# A recipe makes the identical set from the same images, under whatever names and in whatever order they are listed, and
# tells a set that is not the same.
cs-phantom --out hearts --subjects 2 --size 32 --spacing 5 --slices 3 --log-level error
exits 0 cs-corrupt all --cases hearts/cases.jsonl --out bad --repeats 2 --seed 7 --dialect physical --compression 2
exits 0 cs-corrupt --recipe bad/recipe.jsonl --verify
says stderr '32 of 32 images are the recipe'

cp -r hearts elsewhere
cs-phantom --out more --subjects 1 --first 9 --size 32 --spacing 5 --slices 3 --log-level error
{ sed 's|"image":"|&elsewhere/|; s|"label":"|&elsewhere/|; s|"id":"phantom|"id":"heart|' hearts/cases.jsonl | sort -r
  sed 's|"image":"|&more/|; s|"label":"|&more/|' more/cases.jsonl; } >mine.jsonl
exits 0 cs-corrupt --recipe bad/recipe.jsonl --cases mine.jsonl --out made
says stderr '4 of 6 images of the list belong to the recipe'
diff <(cd bad && find . -name '*.nii.gz' -exec sha256sum {} + | sort) \
     <(cd made && find . -name '*.nii.gz' -exec sha256sum {} + | sort) || fail "the recipe's set differs"
same_bytes <(sort bad/recipe.jsonl) <(sort made/recipe.jsonl)
exits 0 cs-corrupt --recipe bad/recipe.jsonl --verify --out made

# The same voxels packed otherwise are the same images.
gunzip -c made/RandBias/phantom001_0/ED_img.nii.gz | gzip -1n >packed
mv packed made/RandBias/phantom001_0/ED_img.nii.gz
exits 0 cs-corrupt --recipe bad/recipe.jsonl --verify --out made
says stderr '32 of 32 .*, 1 of them packed otherwise'

# Another voxel, a missing file, a damaged one: found, each by name.
cp made/RandBias/phantom001_1/ED_img.nii.gz made/RandSpike/phantom001_0/ED_img.nii.gz
rm made/RandMotion/phantom002_1/ES_img.nii.gz
truncate -s 400 made/RandGhosting/phantom002_0/ES_img.nii.gz
exits 1 cs-corrupt --recipe bad/recipe.jsonl --verify --out made
says stderr 'made/RandSpike/phantom001_0/ED_img.nii.gz: holds other voxels'
says stderr 'made/RandMotion/phantom002_1/ES_img.nii.gz: is missing'
says stderr 'made/RandGhosting/phantom002_0/ES_img.nii.gz'
says stderr '29 of 32'

# An image that the recipe needs is not there.
head -3 hearts/cases.jsonl | sed 's|"image":"|&hearts/|; s|"label":"|&hearts/|' >three.jsonl
exits 1 cs-corrupt --recipe bad/recipe.jsonl --cases three.jsonl --out three
says stderr 'phantom002 ES: this image of the recipe is not in the list'
equal "$(wc -l <three/cases.jsonl)" 24

# A set that comes out otherwise is not passed off as the recipe's.
sed 's/"seed":7/"seed":8/' bad/recipe.jsonl >changed.jsonl
exits 1 cs-corrupt --recipe changed.jsonl --cases mine.jsonl --out otherwise
says stderr 'otherwise/RandBias/phantom001_0/ED_img.nii.gz: differs from the recipe'
absent otherwise/cases.jsonl

exits 2 cs-corrupt --recipe bad/recipe.jsonl --out x
says stderr '--cases: is missing'
exits 2 cs-corrupt --recipe mine.jsonl --verify --out bad
says stderr 'mine.jsonl: line 1: is not the head of a recipe'
exits 2 cs-corrupt --recipe bad/recipe.jsonl --cases mine.jsonl --out x --seed 3
says stderr '--seed: contradicts --recipe'
exits 2 cs-corrupt all --cases mine.jsonl --out x --verify
says stderr '--verify'
absent x

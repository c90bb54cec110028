# shellcheck shell=bash
# A model trained on preprocessed images knows the originals they were made from; stale options are refused.
cs-phantom --out raw --subjects 3 --sites 1 --size 32 --spacing 8 --slices 3 --frames ED --log-level error
cs-preprocess --cases raw/cases.jsonl --spacing keep --out pre --log-level error
head -2 pre/cases.jsonl >pre/train.jsonl
cs-train-ftn --cases pre/train.jsonl --out run --crop 32 --epochs 1 --batch-size 2 --log-level error
cs-predict --model run/last.safetensors --cases raw/cases.jsonl --out predicted 2>stderr
says stderr '2 of 3 images were seen in training'
says_not <(tail -1 predicted/cases.jsonl) seen_in_training
exits 2 cs-predict --model run/last.safetensors --cases-out list.jsonl raw/phantom001/ED_img.nii.gz out.nii.gz
# An image put onto a training image's grid is no training image.
cs-preprocess --like pre/phantom001/ED_img.nii.gz raw/phantom003/ED_img.nii.gz like.nii.gz
cs-predict --model run/last.safetensors --preprocessed like.nii.gz like_pred.nii.gz
says like_pred.json '"seen_in_training": false'

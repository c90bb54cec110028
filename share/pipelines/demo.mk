# The experiment on synthetic hearts, in minutes: scanner A to learn from, new subjects of the scanners A, B and C to
# segment, the four artefacts.
OUT ?= demo-out
CROP ?= 64
ITERATIONS ?= 800
BATCH ?= 10
LR ?= 1e-3
# Two trainings beside each other are faster than two threads in each.
THREADS ?= 1
START := --crop $(CROP) --batch-size $(BATCH) --lr $(LR) --max-iterations $(ITERATIONS)
ARTEFACTS ?= --crop $(CROP)
HEARTS ?= --size 64 --spacing 4.2 --slices 8 --seed 1
TRAIN ?= 8
TEST := $(OUT)/preprocessed/A-test/cases.jsonl
TEST_MADE := $(TEST)
TEST_NAME := site_A
CROSS := B C
LIST_B := $(OUT)/preprocessed/B/cases.jsonl
LIST_C := $(OUT)/preprocessed/C/cases.jsonl
NAME_B := site_B
NAME_C := site_C

include $(dir $(lastword $(MAKEFILE_LIST)))experiment.mk

# Another number is another subject.
SUBJECTS_A := --subjects $(shell echo $$(($(TRAIN) + 2))) --site A
SUBJECTS_A-test := --subjects 5 --first 51 --site A
SUBJECTS_B := --subjects 5 --first 101 --site B
SUBJECTS_C := --subjects 5 --first 201 --site C
HEART_SETS := A A-test B C
$(foreach s,$(HEART_SETS),$(call settings,$(OUT)/settings/hearts-$(s),$(SUBJECTS_$(s)) $(HEARTS)))
$(HEART_SETS:%=$(OUT)/hearts/%/cases.jsonl): $(OUT)/hearts/%/cases.jsonl: $(OUT)/settings/hearts-%
	rm -f $@
	cs-phantom --out $(@D) $(SUBJECTS_$*) $(HEARTS) --threads $(THREADS) --skip-existing --force
$(HEART_SETS:%=$(OUT)/preprocessed/%/cases.jsonl): $(OUT)/preprocessed/%/cases.jsonl: $(OUT)/hearts/%/cases.jsonl
	cs-check --cases $< --threads $(THREADS) >$(OUT)/hearts/$*/checked.jsonl
	rm -f $@
	cs-preprocess --cases $< --spacing keep --out $(@D) --threads $(THREADS) --skip-existing --force
FOLDS ?= 0
$(call settings,$(OUT)/settings/split,--train $(TRAIN) --val rest)
$(FOLDS:%=$(OUT)/folds/%/.done): $(OUT)/folds/%/.done: $(OUT)/preprocessed/A/cases.jsonl $(OUT)/settings/split
	rm -rf $(@D)
	cs-split --cases $< --train $(TRAIN) --val rest --seed $* --out $(@D) --force
	@touch $@

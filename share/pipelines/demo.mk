# The experiment on synthetic hearts, in minutes: scanner A to learn from, new subjects of the scanners A, B and C to
# segment, the four artefacts.
OUT ?= demo-out
CROP ?= 48
ITERATIONS ?= 256
BATCH ?= 6
LR ?= 3e-3
# Two trainings beside each other are faster than two threads in each.
THREADS ?= 1
START := --crop $(CROP) --batch-size $(BATCH) --lr $(LR) --max-iterations $(ITERATIONS)
ARTEFACTS ?= --crop $(CROP)
METRICS ?= dice
HEARTS ?= --size 48 --spacing 3.4 --slices 6 --seed 1
TRAIN ?= 8
TEST := $(OUT)/preprocessed/A-test/cases.jsonl
TEST_MADE := $(TEST)
TEST_NAME := site_A
CROSS := others
LIST_others := $(OUT)/preprocessed/others/cases.jsonl
NAME_others := site
BY_others := site
# Of the settings above, on one core.
ours = $(if $(filter-out file,$(foreach name,CROP ITERATIONS BATCH HEARTS TRAINING,$(origin $(name)))),,1)
TAKES = $(if $(ours),$(TAKES_$(firstword $(subst -, ,$(@F)))))
TAKES_standard :=, about 40 s
TAKES_cooperative :=, about 80 s

include $(dir $(lastword $(MAKEFILE_LIST)))experiment.mk

# Another number is another subject.
SUBJECTS_A := --subjects $(shell echo $$(($(TRAIN) + 2))) --site A
SUBJECTS_A-test := --subjects 5 --first 51 --site A
SUBJECTS_others := --subjects 8 --first 101 --site B,C
HEART_SETS := A A-test others
$(foreach s,$(HEART_SETS),$(call settings,$(OUT)/settings/hearts-$(s),$(SUBJECTS_$(s)) $(HEARTS)))
$(HEART_SETS:%=$(OUT)/hearts/%/cases.jsonl): $(OUT)/hearts/%/cases.jsonl: $(OUT)/settings/hearts-%
	@: 'making synthetic hearts of three scanners'
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

# The paper's experiment on a user's own folders of ACDC and, if there are any, of M&Ms:
#   make -f Makefile.pipelines acdc ACDC=... MNMS=... OUT=... FOLDS="0 1 2" METHODS="standard cooperative"
OUT ?= acdc-out
POLICY ?= acdc-few-shot-10
PREPROCESS ?=
EPOCHS ?=
ITERATIONS ?=
CROP ?=
BATCH ?=
LR ?=
START := $(if $(CROP),--crop $(CROP)) $(if $(BATCH),--batch-size $(BATCH)) $(if $(LR),--lr $(LR)) \
  $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(ITERATIONS),--max-iterations $(ITERATIONS))
TEST := $(OUT)/folds/$(firstword $(FOLDS) 0)/test.jsonl
TEST_MADE := $(OUT)/folds/$(firstword $(FOLDS) 0)/.done
TEST_NAME := ACDC
CROSS := $(if $(MNMS),mnms)
LIST_mnms := $(OUT)/preprocessed/mnms/cases.jsonl
NAME_mnms := M&Ms
BY_mnms := $(MNMS_BY)

ifeq ($(ACDC),)
  $(error ACDC=... is missing: the folder of ACDC with training/patient001 and so on)
endif
$(if $(MNMS),,$(info MNMS=... is not given: no test set of other sites))

include $(dir $(lastword $(MAKEFILE_LIST)))experiment.mk

$(call settings,$(OUT)/settings/acdc,$(ACDC))
$(call settings,$(OUT)/settings/mnms,$(MNMS))
$(OUT)/lists/acdc.jsonl: $(OUT)/settings/acdc $(call newer,$(ACDC),$(OUT)/lists/acdc.jsonl)
	@: 'listing and checking the data'
	@mkdir -p $(@D)
	cs-list acdc $(ACDC) --cases-out $@ --force
$(OUT)/lists/mnms.jsonl: $(OUT)/settings/mnms $(if $(MNMS),$(call newer,$(MNMS),$(OUT)/lists/mnms.jsonl))
	@mkdir -p $(@D)
	cs-list mnms $(MNMS) --cases-out $@ --force

# Every file is read and judged before anything is computed.
DATA := acdc $(CROSS)
$(DATA:%=$(OUT)/lists/%.checked): $(OUT)/lists/%.checked: $(OUT)/lists/%.jsonl
	@: 'listing and checking the data'
	cs-check --cases $< --threads $(THREADS) >$@.new
	mv $@.new $@

$(call settings,$(OUT)/settings/preprocess,$(PREPROCESS))
$(DATA:%=$(OUT)/preprocessed/%/cases.jsonl): $(OUT)/preprocessed/%/cases.jsonl: \
  $(OUT)/lists/%.jsonl $(OUT)/lists/%.checked $(OUT)/settings/preprocess
	@: 'preprocessing'
	rm -f $@
	cs-preprocess --cases $< --out $(@D) $(PREPROCESS) --threads $(THREADS) --skip-existing --force

# The test subjects of the policies for ACDC are the same in every fold.
$(call settings,$(OUT)/settings/split,$(POLICY))
FOLDS ?= 0
$(FOLDS:%=$(OUT)/folds/%/.done): $(OUT)/folds/%/.done: $(OUT)/preprocessed/acdc/cases.jsonl $(OUT)/settings/split
	rm -rf $(@D)
	cs-split --cases $< --policy $(POLICY) --fold $* --out $(@D) --force
	@touch $@

# An experiment of the paper's kind over real files, from lists of preprocessed cases to the table and the report. Read
# by acdc.mk and demo.mk, which say where the cases come from:
#   $(TEST)      list of the clean test set, there when $(TEST_MADE) is; $(TEST_NAME) is its name in the table
#   $(CROSS)     test sets of other sites: LIST_SET is the list, NAME_SET the name, BY_SET a field that divides it
#   $(OUT)/folds/FOLD/.done    made with train.jsonl and validate.jsonl beside it
#   $(START)     options of a training that come before the user's (TRAINING)
#
# Every file depends on what it is made from and on its settings: $(OUT)/settings and $(OUT)/tasks hold them, written
# anew only when they differ. A training goes on where it was, unless its settings or cases are newer than its
# beginning: then the old run is put aside in $(OUT)/run/before.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all
.PHONY: all FORCE

# A line says what begins; commands and what they say go to the log (step.sh). V=1 prints them as they run.
V ?= 0
LOG := $(OUT)/log.txt
ifeq ($(V),0)
MAKEFLAGS += -s
BEGUN := $(shell date +%FT%T.%N)
$(OUT)/settings/%: .SHELLFLAGS = -euo pipefail -c
$(OUT)/%: .SHELLFLAGS = $(SHARE)/pipelines/step.sh $(LOG) $(BEGUN)
endif

# --- settings ---------------------------------------------------------------------------------------------------------
METHODS ?= standard cooperative
FOLDS ?= 0
SEEDS ?= 0
STAGES := ftn stn
TRAINING ?=
ARTEFACTS ?=
PREDICTION ?=
METRICS ?= dice,hd95
THREADS ?= 0
SHARDS ?= 8
# Installed, this file is in share/coopseg/pipelines.
SHARE := $(patsubst %/pipelines/,%,$(dir $(lastword $(filter %/experiment.mk,$(MAKEFILE_LIST)))))
CONFIGS ?= $(SHARE)/configs
# A GPU is a matter of where, not of what: it is no setting that anything depends on.
WHERE := --threads $(THREADS) $(if $(filter 1,$(GPU)),--device cuda)

space := $(subst ,, )
define newline


endef
one_word = $(if $(filter-out 0 1,$(words $($(1))))$(findstring ',$($(1))),\
  $(error $(1)="$($(1))": folders with spaces or quotes in their names do not work here; a symbolic link may help))
$(foreach name,OUT ACDC MNMS CONFIGS,$(call one_word,$(name)))
$(if $(findstring $(space),$(CURDIR)),$(error "$(CURDIR)": this folder's name has a space, which does not work here))
missing := $(strip $(foreach m,$(METHODS),$(if $(wildcard $(CONFIGS)/acdc-$(m).json),,$(m))))
$(if $(missing),$(error METHODS: there is no $(missing); there are \
  $(filter-out ftn,$(patsubst $(CONFIGS)/acdc-%.json,%,$(wildcard $(CONFIGS)/acdc-*.json)))))

# $(call settings,FILE,TEXT): a rule for FILE, which holds TEXT. It is made anew if it holds something else.
quoted = '$(subst ','\'',$(strip $(1)))'
define settings_rule
$(1): $(if $(call differ,$(strip $(file <$(1))),$(strip $(2))),FORCE)
	@mkdir -p $$(@D) && printf '%s\n' $(call quoted,$(subst $$,$$$$,$(2))) >$$@.new && mv $$@.new $$@
endef
differ = $(subst x$(1)x,,x$(2)x)$(subst x$(2)x,,x$(1)x)
settings = $(eval $(call settings_rule,$(1),$(2)))

# --- corrupted test sets ----------------------------------------------------------------------------------------------
$(call settings,$(OUT)/settings/corrupt,$(ARTEFACTS))
corrupt_line := $(OUT)/corrupted --cases $(TEST) $(ARTEFACTS)

# --- trainings --------------------------------------------------------------------------------------------------------
RUNS := $(foreach m,$(METHODS),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(m)-$(f)-$(s))))
ifneq ($(words $(RUNS)),$(words $(sort $(RUNS))))
  $(error METHODS, FOLDS or SEEDS name something twice)
endif
# The words of a line are options: the first is the run folder.
define run_rules
line_$(1)-$(2)-$(3) := $(OUT)/run/$(1)-$(2)-$(3) --config $(CONFIGS)/acdc-$(1).json --seed $(3) \
  --cases $(OUT)/folds/$(2)/train.jsonl --validate $(OUT)/folds/$(2)/validate.jsonl $(START) $(TRAINING)
$$(call settings,$(OUT)/tasks/$(1)-$(2)-$(3),$$(line_$(1)-$(2)-$(3)) $$(sum_$(1)))
$(OUT)/tasks/$(1)-$(2)-$(3): $(OUT)/folds/$(2)/.done
endef
# The configuration's bytes count, not its date.
$(foreach m,$(METHODS),$(eval sum_$(m) := sha256:$(firstword $(shell sha256sum <$(CONFIGS)/acdc-$(m).json))))
$(foreach m,$(METHODS),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(eval $(call run_rules,$(m),$(f),$(s))))))

# $(call begin,RUN): what must be so before the training starts or goes on.
begin = [ ! $(OUT)/tasks/$(1) -nt $(OUT)/tasks/$(1).begun ] || { mkdir -p $(OUT)/run/before; \
  [ ! -e $(OUT)/run/$(1) ] || { rm -rf $(OUT)/run/before/$(1); mv $(OUT)/run/$(1) $(OUT)/run/before; }; \
  touch $(OUT)/tasks/$(1).begun; }

# --- predictions and scores -------------------------------------------------------------------------------------------
SETS := clean corrupted $(CROSS)
LIST_clean := $(TEST)
LIST_corrupted := $(OUT)/corrupted/cases.jsonl
CROSS_MADE := $(foreach s,$(CROSS),$(LIST_$(s)))
made = $(if $(filter clean,$(1)),$(TEST_MADE),$(LIST_$(1)))
NAME_clean := $(TEST_NAME)
BY_corrupted := artefact
PREDICTIONS := $(foreach r,$(RUNS),$(foreach g,$(STAGES),$(foreach s,$(SETS),$(r)/$(g)/$(s))))
$(call settings,$(OUT)/settings/predict,$(PREDICTION))
$(call settings,$(OUT)/settings/score,--metrics $(METRICS) $(foreach s,$(SETS),$(s):$(BY_$(s))))
predict_line = $(OUT)/predicted/$(1)/$(2)/$(3) --model $(OUT)/run/$(1)/best.safetensors --stage $(2) \
  --cases $(LIST_$(3)) $(PREDICTION)

define score_rules
$(OUT)/scores/$(1)/$(2)/$(3).jsonl: $(OUT)/predicted/$(1)/$(2)/$(3)/cases.jsonl $(OUT)/settings/score
	rm -rf $$@ $(OUT)/scores/$(1)/$(2)/$(3) && mkdir -p $$(@D)
	cs-dice --cases $$< --metrics $(METRICS) --cases-out $$(@D)/.$(3).jsonl --threads $(THREADS) --force >/dev/null
	$(if $(BY_$(3)),cs-split --cases $$(@D)/.$(3).jsonl --by $(BY_$(3)) --out $(OUT)/scores/$(1)/$(2)/$(3) --force \
	  --log-level error)
	mv $$(@D)/.$(3).jsonl $$@
endef
$(foreach r,$(RUNS),$(foreach g,$(STAGES),$(foreach s,$(SETS),$(eval $(call score_rules,$(r),$(g),$(s))))))

ifneq ($(filter-out 0 no,$(SLURM)),)
include $(SHARE)/pipelines/slurm.mk
else
include $(SHARE)/pipelines/local.mk
endif

# --- the outcome ------------------------------------------------------------------------------------------------------
sets := $(foreach s,$(SETS),$(s)=$(subst $(space),_,$(NAME_$(s))))
$(call settings,$(OUT)/settings/results,$(RUNS) $(sets))
$(OUT)/results.jsonl: $(PREDICTIONS:%=$(OUT)/scores/%.jsonl) $(OUT)/settings/results
	bash $(SHARE)/pipelines/results.sh $(OUT) $(call quoted,$(METHODS)) $(call quoted,$(FOLDS)) $(call quoted,$(SEEDS)) \
	  $(foreach s,$(sets),$(call quoted,$(s))) >$@.new
	mv $@.new $@

$(OUT)/report.html: $(OUT)/results.jsonl
	@: 'making the report'
	cs-report --results $< --out $@ --markdown $(OUT)/table.md --csv $(OUT)/table.csv --sentence $(OUT)/sentence.txt \
	  --picture $(OUT)/picture.png --force

.PHONY: table acdc-c
acdc-c: $(OUT)/corrupted/cases.jsonl
	@echo "the corrupted test sets: $<"
table: $(OUT)/report.html
	@cat $(OUT)/table.md; echo; cat $(OUT)/sentence.txt; echo
	@echo "the picture: $(OUT)/picture.png"
	@echo "the report: $<"
all: table

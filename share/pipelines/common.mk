# What the experiments share. Read by experiment.mk and semi.mk after their own variables.
#
# Every file depends on what it is made from and on its settings: $(OUT)/settings and $(OUT)/tasks hold them, written
# anew only when they differ. A training RUN is $(command_RUN), a command that goes on where it was, unless its settings
# in $(OUT)/tasks/RUN, or what that file depends on, are newer than its beginning: then the old run is put aside in
# $(OUT)/run/before.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all
.PHONY: all table FORCE

# A line says what begins; commands and what they say go to the log (step.sh). V=1 prints them as they run.
V ?= 0
LOG := $(OUT)/log.txt
ifeq ($(V),0)
MAKEFLAGS += -s
BEGUN := $(shell date +%FT%T.%N)
$(OUT)/settings/%: .SHELLFLAGS = -euo pipefail -c
$(OUT)/%: .SHELLFLAGS = $(SHARE)/pipelines/step.sh $(LOG) $(BEGUN)
endif

THREADS ?= 0
SHARDS ?= 8
# Installed, this file is in share/coopseg/pipelines.
SHARE := $(patsubst %/pipelines/,%,$(dir $(lastword $(filter %/common.mk,$(MAKEFILE_LIST)))))
CONFIGS ?= $(SHARE)/configs
by_slurm := $(filter-out 0 no,$(SLURM))
# A GPU is a matter of where, not of what: it is no setting that anything depends on.
WHERE := --threads $(THREADS) $(if $(filter 1,$(GPU))$(if $(by_slurm),$(GPUS_PER_NODE)),--device cuda)

space := $(subst ,, )
one_word = $(if $(filter-out 0 1,$(words $($(1))))$(findstring ',$($(1))),\
  $(error $(1)="$($(1))": folders with spaces or quotes in their names do not work here; a symbolic link may help))
$(foreach name,OUT ACDC MNMS DATA CONFIGS,$(call one_word,$(name)))
$(if $(findstring $(space),$(CURDIR)),$(error "$(CURDIR)": this folder's name has a space, which does not work here))

# $(call only,NAME,WORDS): the variable has only such words; $(call once,NAMES): each of its words once;
# $(call numbers,NAMES): they are numbers from 0 on; $(call counts,NAMES): from 1 on.
only = $(if $(filter-out $(2),$($(1))),$(error $(1): there is no $(filter-out $(2),$($(1))); there are $(2)))
once = $(foreach name,$(1),$(if $(filter-out $(words $($(name))),$(words $(sort $($(name))))),\
  $(error $(name)="$($(name))": name something twice)))

numbers = $(foreach name,$(1),$(if \
  $(shell for word in $($(name)); do [[ $$word =~ ^(0|[1-9][0-9]*)$$ ]] || echo no; done),\
  $(error $(name)="$($(name))": give numbers)))
counts = $(call numbers,$(1))$(foreach name,$(1),$(if $(filter 0,$($(name))),\
  $(error $(name)="$($(name))": give numbers from 1 on)))

$(if $(by_slurm),$(call counts,NODES GPUS_PER_NODE))

# $(call settings,FILE,TEXT): a rule for FILE, which holds TEXT. It is made anew if it holds something else.
quoted = '$(subst ','\'',$(strip $(1)))'
define settings_rule
$(1): $(if $(call differ,$(strip $(file <$(1))),$(strip $(2))),FORCE)
	@mkdir -p $$(@D) && printf '%s\n' $(call quoted,$(subst $$,$$$$,$(2))) >$$@.new && mv $$@.new $$@
endef
differ = $(subst x$(1)x,,x$(2)x)$(subst x$(2)x,,x$(1)x)
settings = $(eval $(call settings_rule,$(1),$(2)))
# A configuration's bytes count, not its date.
sum_of = sha256:$(firstword $(shell sha256sum <$(CONFIGS)/$(1).json))
# $(call newer,FOLDER,LIST): a data set is listed anew if files of it are newer than its list.
newer = $(if $(wildcard $(2)),$(if $(shell find -L $(1) -type f -newer $(2) \( -name '*.nii*' -o -name '*.cfg' -o \
  -name '*.csv' -o -name '*.json' -o -name '*.h5' -o -name '*.list' \) -print -quit 2>/dev/null),FORCE))

# $(call begin,RUN): what must be so before the training starts or goes on.
begin = [ ! $(OUT)/tasks/$(1) -nt $(OUT)/tasks/$(1).begun ] || { mkdir -p $(OUT)/run/before; \
  [ ! -e $(OUT)/run/$(1) ] || { rm -rf $(OUT)/run/before/$(1); mv $(OUT)/run/$(1) $(OUT)/run/before; }; \
  touch $(OUT)/tasks/$(1).begun; }

# --- the outcome ------------------------------------------------------------------------------------------------------
$(OUT)/report.html: $(OUT)/results.jsonl
	@: 'making the report'
	cs-report --results $< $(REPORT) --out $@ --markdown $(OUT)/table.md --csv $(OUT)/table.csv \
	  --sentence $(OUT)/sentence.txt --picture $(OUT)/picture.png --force

table: $(OUT)/report.html
	@cat $(OUT)/table.md; echo; cat $(OUT)/sentence.txt; echo
	@echo "the picture: $(OUT)/picture.png"
	@echo "the report: $<"
all: table

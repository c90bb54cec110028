# An experiment of the paper's kind over real files, from lists of preprocessed cases to the table and the report. Read
# by acdc.mk and demo.mk, which say where the cases come from:
#   $(TEST)      list of the clean test set, there when $(TEST_MADE) is; $(TEST_NAME) is its name in the table
#   $(CROSS)     test sets of other sites: LIST_SET is the list, NAME_SET the name, BY_SET a field that divides it
#   $(OUT)/folds/FOLD/.done    made with train.jsonl and validate.jsonl beside it
#   $(START)     options of a training that come before the user's (TRAINING)

include $(dir $(lastword $(MAKEFILE_LIST)))common.mk

METHODS ?= standard cooperative
FOLDS ?= 0
SEEDS ?= 0
STAGES := ftn stn
TRAINING ?=
ARTEFACTS ?=
PREDICTION ?=
METRICS ?= dice,hd95

known := $(filter-out ftn semi,$(patsubst $(CONFIGS)/acdc-%.json,%,$(wildcard $(CONFIGS)/acdc-*.json)))
$(call only,METHODS,$(known))

# --- corrupted test sets ----------------------------------------------------------------------------------------------
$(call settings,$(OUT)/settings/corrupt,$(ARTEFACTS))
corrupt_line := $(OUT)/corrupted --cases $(TEST) $(ARTEFACTS)

# --- trainings --------------------------------------------------------------------------------------------------------
RUNS := $(foreach m,$(METHODS),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(m)-$(f)-$(s))))
$(call once,METHODS FOLDS SEEDS)
# The words of a line are options: the first is the run folder.
define run_rules
line_$(1)-$(2)-$(3) := $(OUT)/run/$(1)-$(2)-$(3) --config $(CONFIGS)/acdc-$(1).json --seed $(3) \
  --cases $(OUT)/folds/$(2)/train.jsonl --validate $(OUT)/folds/$(2)/validate.jsonl $(START) $(TRAINING)
command_$(1)-$(2)-$(3) = cs-train-coop --out $$(line_$(1)-$(2)-$(3)) $(WHERE) --resume
$$(call settings,$(OUT)/tasks/$(1)-$(2)-$(3),$$(line_$(1)-$(2)-$(3)) $$(sum_$(1)))
$(OUT)/tasks/$(1)-$(2)-$(3): $(OUT)/folds/$(2)/.done
endef
$(foreach m,$(METHODS),$(eval sum_$(m) := $(call sum_of,acdc-$(m))))
$(foreach m,$(METHODS),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(eval $(call run_rules,$(m),$(f),$(s))))))

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

# --- the heavy stages -------------------------------------------------------------------------------------------------
ifeq ($(by_slurm),)
include $(SHARE)/pipelines/local.mk
$(OUT)/corrupted/cases.jsonl: $(TEST_MADE) $(OUT)/settings/corrupt
	@: 'making the corrupted test sets'
	rm -f $@ $(@D)/recipe.jsonl
	cs-corrupt all --out $(corrupt_line) --threads $(THREADS) --skip-existing --force
$(foreach r,$(RUNS),$(eval $(call train_here,$(r))))
$(foreach r,$(RUNS),$(foreach g,$(STAGES),$(foreach s,$(SETS),$(eval \
  $(call predict_here,$(r)/$(g)/$(s),$(r),$(call made,$(s)),$(call predict_line,$(r),$(g),$(s)))))))
else
include $(SHARE)/pipelines/slurm.mk
jobs := $(OUT)/slurm
ifeq ($(MAKECMDGOALS),acdc-c)
sent := $(jobs)/corrupted
else
sent := $(jobs)/predicted
to_train := $(RUNS)
lists := $(PREDICTIONS:%=$(OUT)/predicted/%/cases.*jsonl)
late_lists := $(call late,$(PREDICTIONS),$(OUT)/corrupted/cases.jsonl)
to_predict := $(foreach r,$(RUNS),$(foreach g,$(STAGES),$(foreach s,$(SETS),\
  $(call quoted,$(call predict_line,$(r),$(g),$(s)) $(WHERE)))))
endif
$(sent): .SHELLFLAGS = -euo pipefail -c
$(sent): $(TEST_MADE) $(CROSS_MADE) $(OUT)/settings/corrupt $(OUT)/settings/predict $(to_train:%=$(OUT)/tasks/%) \
    $(late_lists)
	$(call settle,$(jobs))
	@rm -f $(OUT)/corrupted/{cases,recipe}.*jsonl $(lists)
	@printf '%s\n' $(call quoted,$(corrupt_line) --threads $(THREADS)) >$(jobs)/corruptions.txt
	$(call list_trainings,$(jobs),$(to_train))
	$(if $(to_predict),@printf '%s\n' $(to_predict) >$(jobs)/predictions.txt)
	bash $(SHARE)/slurm/submit.sh $(jobs)
	$(call trained,$(to_train))
	@touch $@

# Dated as if made here, so that either way goes on where the other was.
$(OUT)/corrupted/cases.jsonl: $(sent)
	@touch $@
$(foreach p,$(if $(to_predict),$(PREDICTIONS)),$(OUT)/predicted/$(p)/cases.jsonl): $(sent) $(OUT)/corrupted/cases.jsonl
	@touch $@
endif

# --- the outcome ------------------------------------------------------------------------------------------------------
sets := $(foreach s,$(SETS),$(s)=$(subst $(space),_,$(NAME_$(s))))
$(call settings,$(OUT)/settings/results,$(RUNS) $(sets))
$(OUT)/results.jsonl: $(PREDICTIONS:%=$(OUT)/scores/%.jsonl) $(OUT)/settings/results
	bash $(SHARE)/pipelines/results.sh $(OUT) $(call quoted,$(METHODS)) $(call quoted,$(FOLDS)) $(call quoted,$(SEEDS)) \
	  $(foreach s,$(sets),$(call quoted,$(s))) >$@.new
	mv $@.new $@

.PHONY: acdc-c
acdc-c: $(OUT)/corrupted/cases.jsonl
	@echo "the corrupted test sets: $<"

# Few labels and many images: every method that learns from both beside the labels alone, for each number of labels.
#   make -f Makefile.pipelines semi DATA=... LAYOUT=nnunet CONFIG=hippocampus-semi LABELLED="5 10 20" SEEDS="0 1 2"
# Without DATA the images are slices of synthetic hearts: 540 s of one core of an EPYC 9005 for all methods. Dice of
# seed 0 with three labels: supervised 0.923, local-contrast 0.933 (p = 0.002 over ten hearts), the others between 0.912
# and 0.931 (atso, p = 0.02); one seed settles nothing.
OUT ?= semi-out
METHODS ?= supervised mt uamt dtc simcvd cvrl secl duo atso local-contrast
FOLDS ?= 0
SEEDS ?= 0
LABELLED ?= $(if $(DATA),10,3)
TEST ?= $(if $(DATA),0.2,10)
LISTING ?=
PREPROCESS ?= --normalise zscore --spacing keep
TRAINING ?=
PREDICTION ?=
METRICS ?= dice,hd95
REPORT := --metrics $(METRICS) --title "Few labels"
# Of ATSO: see atso.sh.
GENERATIONS ?= 6
SUBSETS ?= 2
START ?= initial
TARGETS ?= hard
ATSO_ITERATIONS ?= $(ITERATIONS)
# Of local contrast: options of cs-pretrain, and the network of slices, by default that of the other rows; transposed is
# the paper's.
UPSAMPLING ?= bilinear
ifeq ($(DATA),)
HEARTS ?= --subjects 40 --sites 1 --frames ED --size 64 --spacing 3 --slices 8 --seed 1
CONFIG ?= phantom-semi
# So small a network learns faster than the published one.
GLOBAL ?= --batch-size 16 --epochs 20 --lr 1e-3
LOCAL ?= --epochs 40 --lr 1e-3
# Two trainings beside each other are faster than two threads in each.
THREADS ?= 1
endif

# Nothing is selected: the last models are compared.
export EXPECTED := no --validate list

include $(dir $(lastword $(MAKEFILE_LIST)))common.mk

$(call only,METHODS,supervised mt uamt dtc simcvd cvrl secl duo atso local-contrast)
$(call once,METHODS LABELLED FOLDS SEEDS)
$(foreach name,METHODS LABELLED FOLDS SEEDS,$(if $($(name)),,$(error $(name) is empty)))
$(call numbers,FOLDS SEEDS)
$(call counts,LABELLED ITERATIONS ATSO_ITERATIONS)
$(if $(DATA),$(if $(LAYOUT),,$(error LAYOUT=... is missing: how DATA lies on disk, one of the layouts of cs-list)))
configs := $(patsubst $(CONFIGS)/%.json,%,$(wildcard $(CONFIGS)/*-semi.json))
$(if $(CONFIG),$(if $(wildcard $(CONFIGS)/$(CONFIG).json),,$(error CONFIG: there is no $(CONFIG); there are $(configs))),\
  $(error CONFIG=... is missing: the settings of the trainings, as $(configs)))
# What the trainings of all stages must agree in, by default the configuration's.
says = $(shell sed -nE 's/^ *"$(1)": *"?([0-9,]*[0-9]|[a-z]+)"?,?$$/\1/p' $(CONFIGS)/$(CONFIG).json)
PATCH ?= $(call says,patch)
FILTERS ?= $(call says,filters)
BATCH ?= $(call says,batch-size)
NORM ?= $(call says,norm)
$(foreach name,PATCH FILTERS BATCH,$(if $($(name)),,$(error $(name)=... is missing, and $(CONFIG) does not say it)))
comma := ,
steps = $(if $(1),--max-iterations $(1) --lr-step $(shell echo $$(($(1) / 2))))
atso := START=$(START) SUBSETS=$(SUBSETS) TARGETS=$(TARGETS)
atso_where := GENERATIONS=$(GENERATIONS) THREADS=$(THREADS) $(if $(filter 1,$(GPU)),DEVICE=cuda)
wrong := $(shell $(atso_where) $(atso) bash $(SHARE)/pipelines/atso.sh -n labelled unlabelled out 2>&1 >/dev/null)
$(if $(wrong),$(error $(wrong)))

# --- images -----------------------------------------------------------------------------------------------------------
ifeq ($(DATA),)
$(call settings,$(OUT)/settings/images,$(HEARTS))
$(OUT)/images/cases.jsonl: $(OUT)/settings/images
	@: 'making synthetic hearts'
	rm -f $@
	cs-phantom --out $(@D) $(HEARTS) --threads $(THREADS) --skip-existing --force
else
$(call settings,$(OUT)/settings/images,$(LAYOUT) $(DATA) $(LISTING))
$(OUT)/images/cases.jsonl: $(OUT)/settings/images $(call newer,$(DATA),$(OUT)/images/cases.jsonl)
	@: 'listing and checking the data'
	@mkdir -p $(@D)
	cs-list $(LAYOUT) $(DATA) $(LISTING) --cases-out $@ --force
endif
# Every file is read and judged before anything is computed; of HDF5 files, which cs-preprocess alone reads, what it
# makes of them.
to_check := $(OUT)/$(if $(filter uamt ssl4mis,$(LAYOUT)),preprocessed,images)
$(to_check)/checked.jsonl: $(to_check)/cases.jsonl
	cs-check --cases $< --threads $(THREADS) >$@.new
	mv $@.new $@
$(call settings,$(OUT)/settings/preprocess,$(PREPROCESS))
$(OUT)/preprocessed/cases.jsonl: $(OUT)/images/cases.jsonl $(filter $(OUT)/images/%,$(to_check)/checked.jsonl) \
    $(OUT)/settings/preprocess
	@: 'preprocessing'
	rm -f $@
	cs-preprocess --cases $< --out $(@D) $(PREPROCESS) --threads $(THREADS) --skip-existing --force

# A fold is another draw. Its test subjects are the same for every number of labels: drawn, or those that the data set
# itself has for that (TEST=split), which are no others' then.
$(call settings,$(OUT)/settings/split,--test $(TEST))
define split_rule
$(OUT)/folds/$(1)/$(2)/.done: $(OUT)/preprocessed/cases.jsonl $(to_check)/checked.jsonl $(OUT)/settings/split
	rm -rf $$(@D)
ifeq ($(TEST),split)
	cs-split --cases $$< --by split --out $$(@D)/own
	@[ -s $$(@D)/own/test.jsonl ] || { echo 'TEST=split: the split of no case is "test"' >&2; exit 1; }
	@ls $$(@D)/own/*.jsonl | grep -v '/test\.jsonl$$$$' | xargs cat >$$(@D)/own/others
	cs-split --cases $$(@D)/own/others --labelled $(2) --seed $(1) --out $$(@D)
else
	cs-split --cases $$< --labelled $(2) --test $(TEST) --seed $(1) --out $$(@D)
endif
	@cat $$(@D)/labelled.jsonl $$(@D)/unlabelled.jsonl >$$(@D)/all.jsonl
	@touch $$@
endef
$(foreach f,$(FOLDS),$(foreach n,$(LABELLED),$(eval $(call split_rule,$(f),$(n)))))

# --- trainings --------------------------------------------------------------------------------------------------------
# A run is METHOD-LABELLED-FOLD-SEED, or global-FOLD-SEED: pre-training on images is the same for every number of labels.
# What a method's run is made by and which run comes before it; $(1) is the end of its name, $(2) the folder of its
# lists, $(3) FOLD-SEED.
run = --out $(OUT)/run/$(1) --seed $(lastword $(subst -, ,$(1)))
model = $(OUT)/run/$(1)/last.safetensors
network := --patch $(PATCH) --filters $(FILTERS)
unet := $(if $(filter 2,$(words $(subst $(comma), ,$(PATCH)))),--upsampling $(UPSAMPLING))
pretraining := $(network) $(or $(unet),$(if $(NORM),--norm $(NORM)))
training := --config $(CONFIGS)/$(CONFIG).json $(network)
alone := $(training) --batch-size $(firstword $(subst $(comma), ,$(BATCH))) $(call steps,$(ITERATIONS)) $(TRAINING)
both := $(training) --batch-size $(BATCH) $(call steps,$(ITERATIONS)) $(TRAINING)
later := $(training) --batch-size $(BATCH) $(call steps,$(ATSO_ITERATIONS)) $(TRAINING)

with_both := mt uamt dtc simcvd cvrl secl duo
line_of = cs-train-semi $(call run,$(4)-$(1)) --method $(4) --cases $(2)/labelled.jsonl \
  --unlabelled $(2)/unlabelled.jsonl $(both)
line_supervised = cs-train-semi $(call run,supervised-$(1)) --method supervised --cases $(2)/labelled.jsonl $(alone)
line_atso = $(atso) FIRST=$(call model,supervised-$(1)) bash $(SHARE)/pipelines/atso.sh $(2)/labelled.jsonl \
  $(2)/unlabelled.jsonl $(OUT)/run/atso-$(1) --seed $(lastword $(subst -, ,$(1))) $(later)
before_atso = supervised-$(1)
line_local-contrast = cs-train-semi $(call run,local-contrast-$(1)) --method supervised --cases $(2)/labelled.jsonl \
  --init $(call model,local-$(1)) $(unet) $(alone)
before_local-contrast = local-$(1)
line_local = cs-pretrain $(call run,local-$(1)) --stage local --cases $(2)/labelled.jsonl \
  --init $(call model,global-$(3)) $(pretraining) $(LOCAL)
before_local = global-$(3)
line_global = cs-pretrain $(call run,global-$(1)) --stage global --cases $(2)/all.jsonl $(pretraining) $(GLOBAL)

# $(call run_rule,METHOD,END OF NAME,FOLDER OF LISTS,FOLD-SEED)
define run_rule
lists_$(1)-$(2) := $(3)
line_$(1)-$(2) := $(call $(if $(filter $(1),$(with_both)),line_of,line_$(1)),$(2),$(3),$(4),$(1)) $(TRAINING_$(1))
command_$(1)-$(2) = $(if $(filter atso,$(1)),env $(atso_where) $$(line_$(1)-$(2)),$$(line_$(1)-$(2)) $(WHERE) --resume)
$$(call settings,$(OUT)/tasks/$(1)-$(2),$$(line_$(1)-$(2)) $$(sum))
$(OUT)/tasks/$(1)-$(2): $(3)/.done $(patsubst %,$(OUT)/tasks/%.done,$(call before_$(1),$(2),$(3),$(4)))
endef
# More generations go on from those that there are.
$(call settings,$(OUT)/settings/generations,$(GENERATIONS))
sum := $(call sum_of,$(CONFIG))
needed := $(if $(filter atso,$(METHODS)),supervised) $(if $(filter local-contrast,$(METHODS)),local)
all_methods := $(METHODS) $(filter-out $(METHODS),$(needed))
each = $(foreach n,$(LABELLED),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(1)-$(n)-$(f)-$(s))))
TESTED := $(foreach m,$(METHODS),$(call each,$(m)))
$(foreach m,$(all_methods),$(foreach n,$(LABELLED),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(eval \
  $(call run_rule,$(m),$(n)-$(f)-$(s),$(OUT)/folds/$(f)/$(n),$(f)-$(s)))))))
ifneq ($(filter local,$(all_methods)),)
GLOBALS := $(foreach f,$(FOLDS),$(foreach s,$(SEEDS),global-$(f)-$(s)))
least := $(shell printf '%s\n' $(LABELLED) | sort -n | head -n 1)
$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),$(eval \
  $(call run_rule,global,$(f)-$(s),$(OUT)/folds/$(f)/$(least),$(f)-$(s)))))
endif
# Each stage needs models of the one before.
STAGE_1 := $(GLOBALS) $(foreach m,$(filter-out atso local local-contrast,$(all_methods)),$(call each,$(m)))
STAGE_2 := $(foreach m,$(filter atso local,$(all_methods)),$(call each,$(m)))
STAGE_3 := $(foreach m,$(filter local-contrast,$(all_methods)),$(call each,$(m)))
RUNS := $(STAGE_1) $(STAGE_2) $(STAGE_3)
$(foreach r,$(filter atso-%,$(RUNS)),$(eval also_$(r) := $(OUT)/settings/generations))
$(foreach r,$(RUNS),$(eval $(OUT)/tasks/$(r).done: $(also_$(r))))

# --- predictions and scores -------------------------------------------------------------------------------------------
# The folder of the model that counts.
folder = run/$(1)$(if $(filter atso-%,$(1)),/$(GENERATIONS))
$(call settings,$(OUT)/settings/predict,$(PREDICTION))
$(call settings,$(OUT)/settings/score,--metrics $(METRICS))
predict_line = $(OUT)/predicted/$(1) --model $(OUT)/$(call folder,$(1))/last.safetensors \
  --cases $(lists_$(1))/$(if $(filter split,$(TEST)),own/)test.jsonl $(PREDICTION)
$(TESTED:%=$(OUT)/scores/%.jsonl): $(OUT)/scores/%.jsonl: $(OUT)/predicted/%/cases.jsonl $(OUT)/settings/score
	@mkdir -p $(@D)
	cs-dice --cases $< --metrics $(METRICS) --cases-out $@ --threads $(THREADS) --force >/dev/null
# --- the heavy stages -------------------------------------------------------------------------------------------------
ifeq ($(by_slurm),)
include $(SHARE)/pipelines/local.mk
$(foreach r,$(RUNS),$(eval $(call train_here,$(r))))
$(foreach r,$(TESTED),$(eval $(call predict_here,$(r),$(r),$(lists_$(r))/.done,$(call predict_line,$(r)))))
else
include $(SHARE)/pipelines/slurm.mk
jobs := $(OUT)/slurm
# $(call stage_rules,NUMBER,RUNS)
define stage_rules
$(jobs)/$(1)/sent: .SHELLFLAGS = -euo pipefail -c
$(jobs)/$(1)/sent: $(2:%=$(OUT)/tasks/%) $(foreach r,$(2),$(also_$(r)))
	$$(call settle,$$(@D))
	$$(call list_trainings,$$(@D),$(2))
	bash $$(SHARE)/slurm/submit.sh $$(@D)
	$$(call trained,$(2))
	@touch $$@
$(2:%=$(OUT)/tasks/%.done): $(OUT)/tasks/%.done: $(OUT)/tasks/% | $(jobs)/$(1)/sent
	@: 'trained $$*'
endef
$(foreach n,1 2 3,$(if $(STAGE_$(n)),$(eval $(call stage_rules,$(n),$(STAGE_$(n))))))
to_predict := $(foreach r,$(TESTED),$(call quoted,$(call predict_line,$(r)) $(WHERE)))
$(jobs)/predictions/sent: .SHELLFLAGS = -euo pipefail -c
$(jobs)/predictions/sent: $(TESTED:%=$(OUT)/tasks/%.done) $(OUT)/settings/predict $(call late,$(TESTED))
	$(call settle,$(@D))
	@rm -f $(TESTED:%=$(OUT)/predicted/%/cases.*jsonl)
	@printf '%s\n' $(to_predict) >$(@D)/predictions.txt
	bash $(SHARE)/slurm/submit.sh $(@D)
	@touch $@
# Dated as if made here, so that either way goes on where the other was.
$(TESTED:%=$(OUT)/predicted/%/cases.jsonl): $(jobs)/predictions/sent
	@touch $@
endif

# --- the outcome ------------------------------------------------------------------------------------------------------
rows := $(foreach m,$(METHODS),$(foreach n,$(LABELLED),$(foreach f,$(FOLDS),$(foreach s,$(SEEDS),\
  $(m) $(n) $(f) $(s) $(m)-$(n)-$(f)-$(s) $(call folder,$(m)-$(n)-$(f)-$(s))))))
$(call settings,$(OUT)/settings/results,$(rows))
$(OUT)/results.jsonl: $(TESTED:%=$(OUT)/scores/%.jsonl) $(OUT)/settings/results
	@printf '{"method":"%s","set":"test","labelled":%s,"fold":%s,"seed":%s,"scores":"scores/%s.jsonl","run":"%s"}\n' \
	  $(rows) >$@.new
	@mv $@.new $@

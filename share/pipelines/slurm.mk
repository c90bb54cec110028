# The heavy stages as job arrays (share/slurm). Jobs of an earlier start are waited for before anything is sent; what
# they have done is kept.
export SHARDS PARTITION GPU GPU_PARTITION TRAIN_FLAGS POLL
jobs := $(OUT)/slurm
ifeq ($(MAKECMDGOALS),acdc-c)
sent := $(jobs)/corrupted
else
sent := $(jobs)/predicted
to_train := $(RUNS)
to_predict := $(foreach r,$(RUNS),$(foreach g,$(STAGES),$(foreach s,$(SETS),\
  $(call quoted,$(call predict_line,$(r),$(g),$(s)) $(WHERE)))))
endif

# What is sent and waited for is seen.
$(sent): .SHELLFLAGS = -euo pipefail -c
$(sent): $(TEST_MADE) $(CROSS_MADE) $(OUT)/settings/corrupt $(OUT)/settings/predict $(to_train:%=$(OUT)/tasks/%)
	@mkdir -p $(jobs) && bash $(SHARE)/slurm/wait.sh $(jobs) && rm -f $(jobs)/*.txt
	@rm -f $(OUT)/corrupted/{cases,recipe}.*jsonl $(OUT)/predicted/*/*/*/cases.*jsonl
	@printf '%s\n' $(call quoted,$(corrupt_line) --threads $(THREADS)) >$(jobs)/corruptions.txt
	@:$(foreach r,$(to_train),; if [ $(OUT)/tasks/$(r) -nt $(OUT)/tasks/$(r).done ]; then \
	  $(call begin,$(r)); echo $(call quoted,$(line_$(r)) $(WHERE)) >>$(jobs)/trainings.txt; fi)
	$(if $(to_predict),@printf '%s\n' $(to_predict) >$(jobs)/predictions.txt)
	bash $(SHARE)/slurm/submit.sh $(jobs)
	@touch $(to_train:%=$(OUT)/tasks/%.done) $@

# Dated as if made here, so that either way goes on where the other was.
$(OUT)/corrupted/cases.jsonl: $(sent)
	@touch $@
$(foreach p,$(if $(to_predict),$(PREDICTIONS)),$(OUT)/predicted/$(p)/cases.jsonl): $(sent) $(OUT)/corrupted/cases.jsonl
	@touch $@

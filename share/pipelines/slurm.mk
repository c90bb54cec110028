# The heavy stages as job arrays (share/slurm). Jobs of an earlier start are waited for before anything is sent; what
# they have done is kept. The files of a stage are in a folder of its own. What is sent and waited for is seen.
export SHARDS PARTITION GPU GPU_PARTITION TRAIN_FLAGS POLL NODES GPUS_PER_NODE

# $(call settle,FOLDER): no job of the stage is left.
settle = @mkdir -p $(1) && bash $(SHARE)/slurm/wait.sh $(1) && rm -f $(1)/*.txt
# $(call list_trainings,FOLDER,RUNS): those that are to be done, a line each; $(call trained,RUNS) after they are. One
# that has been done is done again where its settings are newer, or $(also_RUN).
due = false$(foreach file,$(OUT)/tasks/$(1) $(also_$(1)), || [ $(file) -nt $(OUT)/tasks/$(1).done ])
list_trainings = @:$(foreach r,$(2),; if $(call due,$(r)); then \
  $(call begin,$(r)); echo $(call quoted,$(command_$(r))) >>$(1)/trainings.txt; fi)
trained = @:$(foreach r,$(1),; if $(call due,$(r)); then touch $(OUT)/tasks/$(r).done; fi)

# $(call late,PREDICTIONS,FILE): FORCE where a list of RUN/... is not there, or is older than its run, its settings or
# FILE: of a row, say, that was none when the others were predicted.
late = $(if $(shell for prediction in $(1); do list=$(OUT)/predicted/$$prediction/cases.jsonl; \
  for file in $(OUT)/settings/predict $(OUT)/tasks/$${prediction%%/*}.done $(2); do \
  [ -e $$list ] && [ ! $$file -nt $$list ] || echo $$prediction; done; done),FORCE)

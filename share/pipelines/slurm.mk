# The heavy stages as job arrays (share/slurm). Jobs of an earlier start are waited for before anything is sent; what
# they have done is kept. The files of a stage are in a folder of its own. What is sent and waited for is seen.
export SHARDS PARTITION GPU GPU_PARTITION TRAIN_FLAGS POLL

# $(call settle,FOLDER): no job of the stage is left.
settle = @mkdir -p $(1) && bash $(SHARE)/slurm/wait.sh $(1) && rm -f $(1)/*.txt
# $(call list_trainings,FOLDER,RUNS): those that are to be done, a line each; $(call trained,RUNS) after they are.
list_trainings = @:$(foreach r,$(2),; if [ $(OUT)/tasks/$(r) -nt $(OUT)/tasks/$(r).done ]; then \
  $(call begin,$(r)); echo $(call quoted,$(command_$(r))) >>$(1)/trainings.txt; fi)
trained = @:$(foreach r,$(1),; [ ! $(OUT)/tasks/$(r) -nt $(OUT)/tasks/$(r).done ] || touch $(OUT)/tasks/$(r).done)

# The heavy stages on this machine; `make -j` runs trainings beside each other.

# $(call train_here,RUN)
define train_here
$(OUT)/tasks/$(1).done: $(OUT)/tasks/$(1)
	@: 'training $(1)$$(TAKES)'
	@$$(call begin,$(1))
	$$(command_$(1))
	@touch $$@
endef

# $(call predict_here,PREDICTION,RUN,LIST,LINE): what RUN's model makes of LIST; LINE are words for cs-predict.
define predict_here
$(OUT)/predicted/$(1)/cases.jsonl: $(OUT)/tasks/$(2).done $(3) $(OUT)/settings/predict
	@: 'segmenting the test sets with $(2), and scoring'
	rm -f $$@
	cs-predict --out $(4) $(WHERE) --skip-existing --force
endef

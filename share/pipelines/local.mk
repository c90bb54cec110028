# The heavy stages on this machine; `make -j` runs trainings beside each other.
$(OUT)/corrupted/cases.jsonl: $(TEST_MADE) $(OUT)/settings/corrupt
	@: 'making the corrupted test sets'
	rm -f $@ $(@D)/recipe.jsonl
	cs-corrupt all --out $(corrupt_line) --threads $(THREADS) --skip-existing --force

define local_run_rules
$(OUT)/tasks/$(1).done: $(OUT)/tasks/$(1)
	@: 'training $(1)$$(TAKES)'
	@$$(call begin,$(1))
	cs-train-coop --out $$(line_$(1)) $(WHERE) --resume
	@touch $$@
$(foreach g,$(STAGES),$(foreach s,$(SETS),$(call local_predict_rule,$(1),$(g),$(s))$(newline)))
endef
define local_predict_rule
$(OUT)/predicted/$(1)/$(2)/$(3)/cases.jsonl: $(OUT)/tasks/$(1).done $(call made,$(3)) $(OUT)/settings/predict
	@: 'segmenting the test sets with $(1), and scoring'
	rm -f $$@
	cs-predict --out $(call predict_line,$(1),$(2),$(3)) $(WHERE) --skip-existing --force
endef
$(foreach r,$(RUNS),$(eval $(call local_run_rules,$(r))))

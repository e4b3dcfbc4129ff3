DEMO = configs/designs/fashion_w8a8.yaml

demo: $(OUT)/napier ## the main job: fashion, quantized, to ROM, to RTL
	$(OUT)/napier run $(DEMO)
	@echo
	$(OUT)/napier rom $(DEMO) -o $(OUT)/demo/rom
	$(OUT)/napier rom $(DEMO) -o $(OUT)/demo/rom --verify
	@echo
	$(OUT)/napier cosim $(DEMO) --images 2 -o $(OUT)/demo/rom

.PHONY: demo

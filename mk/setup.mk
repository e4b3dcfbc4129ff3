setup: ## install the Debian packages that are missing
	$(Q)mk/setup.sh

# `make setup demo`: with -j as well, nothing may build before the tools are
# there. In one make the goals run in the order given; this makes it a rule.
ifneq ($(filter setup,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

data: ## bring the 10,000 Fashion-MNIST test images to $(OUT)/data
	$(Q)mkdir -p $(OUT)/data
	$(Q)for f in t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz; do \
	    cmp -s /usr/share/datasets/fashion-mnist/$$f $(OUT)/data/$$f || \
	    cp /usr/share/datasets/fashion-mnist/$$f $(OUT)/data/$$f || exit 1; \
	done
	@echo "use: --set data.test=$(OUT)/data/t10k-images-idx3-ubyte.gz"

.PHONY: setup data

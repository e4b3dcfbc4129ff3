# Sweeps: rows, parts, processes, kills; a job array on a real Slurm; speeds.

check: check-sweep check-slurm
bench: bench-sweep

check-sweep: $(OUT)/napier ## sweeps: rows as run's, parts, processes, kills
	$(Q)tests/sweep/run.sh $(OUT)/napier 10

check-sweep-long: $(OUT)/napier ## the same with 50 kills
	$(Q)tests/sweep/run.sh $(OUT)/napier 50

check-slurm: $(OUT)/napier ## a job array on a Slurm started for it
	$(Q)tests/sweep/slurm.sh $(OUT)/napier

bench-sweep: $(OUT)/napier ## speeds of sweeps against one run for each point
	$(Q)tests/sweep/bench.sh $(OUT)/napier

.PHONY: check-sweep check-sweep-long check-slurm bench-sweep

# Measurements.

.PHONY: bench
bench: release bench-packages ## Measure against a bare hyper server and write docs/performance.md
	$(STATIC_BUILD) --release --no-default-features --features ring,bench --bin bare-hyper
	cargo build --profile tools --bin wispctl
	python3 tests/bench/bench.py --bin-dir target/$(HOST)/release $(BENCH_FLAGS)

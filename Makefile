# Belljar's front door. `make help` says what there is; the CMake presets do the work.

BUILD := build

# Steps tell the time since the whole began.
ifndef STEP_START
export STEP_START := $(shell date +%s)
endif

.PHONY: help setup engine guests build library demo test wheel npm-pack check format tidy coverage bench-check release install clean asan tsan fuzz data test-data data-wheel data-npm

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian packages; Rust by rustup)
	@scripts/setup.sh

engine: setup ## Wasmtime as a static library
	@src/engine/wasmtime/build.sh

guests: setup ## CPython and QuickJS as WebAssembly
	@guest/build.sh

# The two long builds keep two cores busy best side by side.
deps: setup
	@scripts/deps.sh

build: deps ## everything: engine, guests, library, command
	@scripts/compile.sh release

# What is installed, and no tests, fuzz targets or benchmarks.
library: deps ## the library, the command and the guests' images alone
	@scripts/compile.sh release belljar belljar_static belljar_shared belljar_images belljar_generated

demo: ## build what is needed and run an example in the sandbox
	@scripts/demo.sh --plan
	@$(MAKE) --no-print-directory library
	@scripts/demo.sh

test: build ## the whole test suite, the Python and the Node package's too
	@ctest --preset release --output-on-failure
	@bindings/python/test.sh
	@bindings/node/test.sh

data: build ## the full Python, with numpy, pandas and others linked in, in build/guests-data
	@scripts/data.sh

test-data: data ## the full Python beside native packages of the same versions
	@tests/data/run.sh

data-wheel: data ## the full Python as a wheel in dist/, beside the Python package
	@bindings/python-data/make-wheel.sh

data-npm: data ## the full Python as an archive in dist/, beside the Node package
	@bindings/node-data/make-npm-pack.sh

wheel: library ## the Python package as a wheel in dist/
	@bindings/python/make-wheel.sh

npm-pack: library ## the Node package as an archive in dist/
	@bindings/node/make-npm-pack.sh

asan: deps ## the test suite under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/compile.sh asan
	@ctest --preset asan --output-on-failure
	@bindings/node/test-asan.sh

# What shares anything between threads; the rest runs in one.
tsan: deps ## the tests with several threads under ThreadSanitizer
	@scripts/compile.sh tsan
	@ctest --preset tsan --output-on-failure -R '^(engine|schedule|sandbox_(api|pool|programs|scheduler|snapshot|snapshot_image|steps|steps_limits|steps_guests|tools)$$|vfs_threads)'
	@bindings/node/test-tsan.sh

fuzz: deps ## every fuzz target for FUZZ_SECONDS (default 60)
	@scripts/compile.sh fuzz
	@scripts/fuzz.sh

format: ## lay the sources out with clang-format
	@scripts/format.sh

# Circles are found in what was built; the tests look again.
check: ## layout of the sources, direction of includes, circles, generated documents: in seconds
	@scripts/format.sh --check
	@tests/arrows.sh
	@scripts/map.py --check
	@tests/abi/offered.py
	@if [ -f $(BUILD)/libbelljar.a ]; then tests/circles.py $(BUILD); fi
	@scripts/check-docs.sh

coverage: deps ## lines and branches that the tests reach: docs/coverage.md
	@scripts/coverage.sh

tidy: library ## clang-tidy over the library and the command: two minutes
	@scripts/tidy.sh

bench-check: build ## quick benchmarks beside native peers, against bench/baseline.json
	@bench/check.py

release: ## VERSION=0.2.0: version, changelog, packages with checksums and a bill of materials, tag
	@scripts/release.sh "$(VERSION)"

PREFIX ?= /usr/local
install: library ## install below PREFIX (default /usr/local; DESTDIR is honoured)
	@cmake --install $(BUILD) --prefix "$(PREFIX)"

clean: ## remove all that was built
	rm -rf $(BUILD) bindings/node/native

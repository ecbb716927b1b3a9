# SPDX-License-Identifier: BSD-2-Clause
# A thin layer over meson: everything is built in build/.
#
# make demo and make test install what is missing (tools/setup); SETUP=: skips that.

SETUP = tools/setup
MESON = meson
FUZZ_SECONDS = 600
ORACLE_SECONDS = 1800
# The ways in which nobody else's listener stands above us.
OWN_LISTENER = notify-mounts notify-paths trap-mounts trap-paths container

.PHONY: all setup demo test check-fast conformance selftests selftests-progs cilium \
	bpftool engine fuzz oracle oracle-faults sanitize tsan bench install clean

all: build/build.ninja
	ninja -C build

setup:
	@$(SETUP)

build/build.ninja: | setup
	$(MESON) setup build

demo: setup all
	tools/demo

test: setup all
	tools/test -C build

# The checks and unit tests: seconds, for use while writing.
check-fast: all
	tools/test -C build --suite checks --suite unit

# The judges in full; `make test` runs their short forms.
conformance: setup all
	tests/conformance/run --compare
	tests/harness/each-way --full --known tests/conformance/known.txt -- tests/conformance/run --live
	tests/harness/each-way $(OWN_LISTENER:%=--way %) --known tests/conformance/known.txt -- \
		tests/conformance/run --compare --storm 100

selftests: all
	@$(SETUP) selftests
	tools/selftests/run --full

# test_progs and test_tag, as far as somebody built them (see the script).
selftests-progs: setup all
	tools/selftests/progs

cilium: setup all
	tests/cilium/run --full

bpftool: setup all
	tests/bpftool/run --full

engine: setup all
	tests/engine/run --full

fuzz: setup
	CC=clang tools/configure build-fuzz -Dfuzzers=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Dtests=false
	ninja -C build-fuzz
	tools/fuzz build-fuzz $(FUZZ_SECONDS)

# Is what the verifier concludes true of programs that run? And would it show?
oracle: all
	build/tests/oracle/oracle --first $$(date +%s)000000 --seconds $(ORACLE_SECONDS)

oracle-faults: all
	tests/oracle/seed-faults --build build

sanitize: setup
	tools/configure build-sanitize -Db_sanitize=address,undefined
	ninja -C build-sanitize
	tools/test -C build-sanitize --suite unit

tsan: setup
	tools/configure build-tsan -Db_sanitize=thread
	ninja -C build-tsan
	tools/test -C build-tsan --suite unit

bench: all
	$(MESON) test -C build --benchmark --verbose

install: all
	$(MESON) install -C build --no-rebuild

clean:
	rm -rf build build-fuzz build-sanitize build-tsan

#!/usr/bin/env bash
# Builds BLAS and LAPACK for the guests: build/guest/data/prefix/lib/libopenblas.a, its headers and openblas.pc.
#
#   guest/data/openblas/build.sh
#
# BLAS (CBLAS, Fortran's names) and the quick part of LAPACK (LU, Cholesky) are OpenBLAS's C with the innermost loops of
# kernel/; the rest of LAPACK is LAPACK's own Fortran, translated by f2c (lapack/translate.py). No Fortran compiler takes part.
# All functions have C's types: no lengths of strings, int returned by subroutines.
# BELLJAR_JOBS sets the number of compilers at a time (default: the number of processors).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../../toolchain.sh"
. "$ROOT/scripts/steps.sh"

WORK=$GUEST_BUILD/data/openblas
SRC=$WORK/src
PREFIX=$GUEST_BUILD/data/prefix
RESULT=$PREFIX/lib/libopenblas.a
JOBS=${BELLJAR_JOBS:-$(nproc)}
# No contraction to FMA, which WebAssembly has not: said so that no compiler's default matters.
FLAGS="-msimd128 -ffp-contract=off -ffile-prefix-map=$WORK=. -w"
export LC_ALL=C

prepare() {
  unpack openblas "$SRC"
  # Its "generic RISC-V" is plain C with no assumption about the machine: that with our kernels is this port.
  mkdir "$SRC/kernel/riscv64/belljar"
  cp "$HERE"/kernel/*.[ch] "$SRC/kernel/riscv64/belljar/"
  cat "$HERE/kernel/KERNEL" >>"$SRC/kernel/riscv64/KERNEL.RISCV64_GENERIC"
  cp "$HERE/kernel/param.h" "$SRC/belljar_param.h"
  cp "$HERE/kernel/memory.c" "$HERE/kernel/xerbla.c" "$SRC/driver/others/"
  sed -i 's/^#ifdef RISCV64_GENERIC$/#include "belljar_param.h"\n#if 0/' "$SRC/param.h"
  sed -i 's/BUFFER_SIZE.*32 << 20)/BUFFER_SIZE (4 << 20)/' "$SRC/common_riscv64.h"
  sed -i 's/BLASFUNC(xerbla)/belljar_xerbla/' "$SRC/common_interface.h" "$SRC"/interface/*.c "$SRC"/interface/*/*.c
  # Subroutines return int, as translated Fortran has it, or a call in WebAssembly would trap. C lets a function end without
  # saying what it returns; nobody looks.
  sed -i 's/^void NAME(/int NAME(/' "$SRC"/interface/*.c
  sed -i 's/^void\( *\)BLASFUNC(/int\1BLASFUNC(/' "$SRC/common_interface.h"
  sed -i '/CORE), RISCV64_GENERIC/,/^endif/d' "$SRC/Makefile.riscv64"
  sed -i -e '/__EMSCRIPTEN__/,$ { s/__EMSCRIPTEN__/__wasi__/; /^OS_WINDOWS/d }' "$SRC/ctest.c"
  grep -q belljar_param "$SRC/param.h" && grep -q '(4 << 20)' "$SRC/common_riscv64.h" &&
    grep -q __wasi__ "$SRC/ctest.c" || die "OpenBLAS is not as this recipe knows it"
  # Its probing names instructions of RISC-V.
  cat >"$WORK/cc" <<END
#!/bin/sh
for word; do
  shift
  case \$word in -march=* | -mabi=*) ;; *) set -- "\$@" "\$word" ;; esac
done
exec $WASM_CC "\$@"
END
  chmod +x "$WORK/cc"
}

blas() {
  rm -f "$SRC"/libopenblas*.a
  make -C "$SRC" -s libs CC="$WORK/cc" HOSTCC="$NATIVE_CC" AR="$WASM_AR" RANLIB="$WASM_RANLIB" \
    TARGET=RISCV64_GENERIC BINARY=32 NOFORTRAN=1 C_LAPACK=1 NO_LAPACKE=1 USE_THREAD=0 USE_OPENMP=0 \
    NO_SHARED=1 NO_AFFINITY=1 NO_WARMUP=1 MAX_STACK_ALLOC=0 NUM_THREADS=1 MAKE_NB_JOBS="$JOBS" \
    COMMON_OPT="-O3 -DOS_EMBEDDED -Wno-return-type -Wno-return-mismatch $FLAGS"
  mkdir -p "$WORK/tile"
  $WASM_CC -O3 $FLAGS -c "$HERE/kernel/tile.c" -o "$WORK/tile/dgemm_tile.o"
  $WASM_CC -O3 $FLAGS -DSINGLE -c "$HERE/kernel/tile.c" -o "$WORK/tile/sgemm_tile.o"
}

translate() {
  unpack f2c "$WORK/f2c"
  make -C "$WORK/f2c/src" -f makefile.u -j"$JOBS" CC="$NATIVE_CC -O1 -w" f2c
  unpack lapack "$WORK/lapack"
  rm -rf "$WORK/translated"
  python3 "$HERE/lapack/translate.py" "$WORK/f2c/src/f2c" "$WORK/lapack" "$WORK/translated"
}

lapack() {
  cp "$HERE/lapack/fortran.c" "$HERE/lapack/rotations.h" "$HERE/lapack/f2c.h" "$WORK/translated/"
  (
    cd "$WORK/translated"
    rm -f ./*.o
    # By twenties: a compiler's start costs as much as many of these files.
    printf '%s\n' *.c | xargs -P "$JOBS" -n 20 $WASM_CC -O2 $FLAGS -c
  )
}

# Everything in one module: a function that is called as another type than it has would trap, and one that is not there too.
whole() {
  $WASM_CC -nostartfiles -Wl,--no-entry -Wl,--fatal-warnings -Wl,--whole-archive "$1" -Wl,--no-whole-archive -lm \
    -o "$WORK/whole.wasm"
}

install_library() {
  mkdir -p "$PREFIX/lib/pkgconfig" "$PREFIX/include"
  rm -f "$WORK/libopenblas.a"
  $WASM_AR qcLs "$WORK/libopenblas.a" "$SRC"/libopenblas_*.a
  $WASM_AR qs "$WORK/libopenblas.a" "$WORK"/tile/*.o "$WORK"/translated/*.o
  whole "$WORK/libopenblas.a"
  mv "$WORK/libopenblas.a" "$RESULT"
  {
    printf '#ifndef OPENBLAS_CONFIG_H\n#define OPENBLAS_CONFIG_H\n'
    sed -n 's/^#define[[:space:]]*\([A-Za-z_0-9]*\)/#define OPENBLAS_\1/p' "$SRC/config.h"
    printf '#define OPENBLAS_VERSION " OpenBLAS %s "\n' "$(pin openblas version)"
    cat "$SRC/openblas_config_template.h"
    printf '#endif\n'
  } >"$PREFIX/include/openblas_config.h"
  sed 's/"common.h"/"openblas_config.h"/' "$SRC/cblas.h" >"$PREFIX/include/cblas.h"
  cat >"$PREFIX/lib/pkgconfig/openblas.pc" <<END
prefix=\${pcfiledir}/../..
Name: openblas
Description: BLAS and LAPACK for WebAssembly
Version: $(pin openblas version)
Libs: -L\${prefix}/lib -lopenblas
Cflags: -I\${prefix}/include
END
}

main() {
  local stamp
  stamp=$(recipe_hash "$HERE"/*.sh "$HERE"/kernel/* "$HERE"/lapack/* "$HERE/../../toolchain.sh" \
    "$(pin openblas sha256)" "$(pin lapack sha256)" "$(pin f2c sha256)" "$(pin wasi-libc sha256)")
  if [ -f "$RESULT" ] && [ "$(cat "$WORK/.stamp" 2>/dev/null)" = "$stamp" ]; then
    return 0
  fi
  mkdir -p "$WORK"
  exec 8>"$WORK/.lock"
  flock 8
  rm -f "$WORK/.stamp"
  require_tools "clang-$BELLJAR_LLVM" "wasm-ld-$BELLJAR_LLVM" make python3
  step openblas-sources "OpenBLAS: sources" "$ROOT/guest/fetch.sh" openblas lapack f2c
  step openblas-sysroot "OpenBLAS: C library" "$ROOT/guest/sysroot.sh"
  step openblas-prepare "OpenBLAS: unpacking" prepare
  step openblas-blas "OpenBLAS: compiling BLAS" blas
  step openblas-translate "OpenBLAS: translating LAPACK" translate
  step openblas-lapack "OpenBLAS: compiling LAPACK" lapack
  step openblas-install "OpenBLAS: library and headers" install_library
  printf '%s\n' "$stamp" >"$WORK/.stamp"
  note "build/guest/data/prefix/lib/libopenblas.a: $(stat -c %s "$RESULT") bytes"
}

main "$@"

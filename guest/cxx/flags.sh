# Sourced after guest/toolchain.sh by recipes with C++ that throws, or with setjmp: how to compile and link them.
#
#   CXX_PREFIX      where guest/cxx/build.sh puts lib/ and include/c++/v1
#   WASM_EH_CC      compiles C that is linked with it (clang 22: setjmp in its final form; plain C may come from WASM_CC as well)
#   WASM_EH_CXX     compiles C++ with exceptions, by this runtime's headers
#   WASM_EH_LD      links, with LTO too (-flto): what the linker compiles then wants the same of it, or catches nothing, in silence
#   WASM_SJLJ       besides, for C and C++ that call setjmp or longjmp
#   WASM_EH_LIBS    at the end of the link
#   WASM_EH_MAIN    besides, for a command: what main does not catch is said on stderr as natively, and ends as abort() does
#   WASM_EH_CHECK   looks whether all that was kept to: objects and archives before the link, the module after it
#
# In wasm an exception passes through frames of C whatever they were compiled with. Objects of clang 19 may be linked with those of clang
# 22, but C++ of both not: their libraries differ.

CXX_LLVM=22
CXX_PREFIX=${CXX_PREFIX:-$GUEST_BUILD/data/prefix}
_eh="--target=$WASM_TARGET --sysroot=$GUEST_SYSROOT -Wno-deprecated -fwasm-exceptions -mllvm -wasm-use-legacy-eh=false"
WASM_EH_CC="clang-$CXX_LLVM $_eh"
WASM_EH_CXX="clang++-$CXX_LLVM $_eh -nostdinc++ -isystem $CXX_PREFIX/include/c++/v1"
WASM_EH_LD="clang++-$CXX_LLVM $_eh -Wno-unused-command-line-argument -nostdlib++ -L$CXX_PREFIX/lib
  -Wl,-mllvm,-wasm-enable-eh -Wl,-mllvm,-wasm-use-legacy-eh=false -Wl,-mllvm,-exception-model=wasm"
WASM_EH_AR=llvm-ar-$CXX_LLVM
WASM_SJLJ="-mllvm -wasm-enable-sjlj"
WASM_EH_LIBS="-lc++ -lc++abi -lunwind -lsetjmp"
WASM_EH_MAIN="-Wl,--wrap=__main_void $CXX_PREFIX/lib/uncaught.o"
WASM_EH_CHECK="python3 $ROOT/guest/cxx/check.py"
unset _eh

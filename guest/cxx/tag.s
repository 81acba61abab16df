# The tag that C++'s exceptions are thrown by: clang 22 and its libunwind leave it to the linker of shared libraries.
.globl __cpp_exception
.tagtype __cpp_exception i32
__cpp_exception:

"""What sysconfig tells of this build. Only what means something inside a sandbox: no extension module can
be built here, so that compilers, flags and the build's folders are left out."""

build_time_vars = {
    "ABIFLAGS": "",
    "EXT_SUFFIX": ".cpython-313-wasm32-wasi.so",
    "HAVE_FORK": 0,
    "MACHDEP": "wasi",
    "MULTIARCH": "wasm32-wasi",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": 0,
    "SIZEOF_VOID_P": 4,
    "SOABI": "cpython-313-wasm32-wasi",
    "TZPATH": "/lib/belljar/tzdata/zoneinfo",
    "VERSION": "3.13",
    "WITH_DOC_STRINGS": 1,
    "WITH_PYMALLOC": 1,
    "prefix": "/lib/belljar",
    "exec_prefix": "/lib/belljar",
}

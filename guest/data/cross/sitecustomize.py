"""What meson asks the interpreter about the target, which is not the machine that it runs on: the target's answers."""

import os
import sysconfig

headers = os.environ["DATA_HEADERS"]
sysconfig.get_config_vars().update(
    EXT_SUFFIX=".cpython-313-wasm32-wasi.so", SHLIB_SUFFIX=".so", SOABI="cpython-313-wasm32-wasi", Py_ENABLE_SHARED=0,
    LIBPYTHON="", INCLUDEPY=headers, CONFINCLUDEPY=headers, SIZEOF_VOID_P=4, HOST_GNU_TYPE="wasm32-wasi",
    MACHDEP="wasi", MULTIARCH="wasm32-wasi", LIBDIR="", LIBPC="")
_paths = sysconfig.get_paths


def get_paths(*args, **kwargs):
    return _paths(*args, **kwargs) | {"include": headers, "platinclude": headers}


sysconfig.get_paths = get_paths
sysconfig.get_platform = lambda: "wasi-wasm32"

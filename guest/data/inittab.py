"""inittab.py <NAMES >FILE.c: the table of the modules that are linked in, by their full names (numpy._core._multiarray_umath)."""

import sys

names = sys.stdin.read().split()
starts = ["PyInit_" + name.replace(".", "__") for name in names]
print('#include "shim.h"\n')
for start in starts:
    print(f"PyObject *{start}(void);")
print("\nstruct _inittab linked_modules[] = {")
for name, start in zip(names, starts):
    print(f'    {{"{name}", {start}}},')
print("    {NULL, NULL},\n};")

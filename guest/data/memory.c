/*
 * memory.c: the module _belljar_memory, for who makes an image (lib/_belljar_packages.py): wipe() writes zeros over what was freed. An image holds
 * that too, and zeros take no room where it is packed.
 *
 * What is free is found by taking it: from the C library, from large pieces to small ones, then from Python's own allocator, which can grow by then
 * only beyond where the memory ended before. What lies there is new, and given back at once.
 */
#include <Python.h>

#include <stdint.h>
#include <string.h>

#define LARGEST  (1 << 20)
#define SMALLEST 256
#define OBJECT   512 /* the largest that Python's own allocator has */
#define PAGE     65536

typedef struct piece {
    struct piece *next;
} piece;

/* Takes pieces of one size until one would be new; how many bytes. */
static size_t take(piece **taken, size_t size, void *(*allocate)(size_t), void (*release)(void *),
                   uintptr_t end)
{
    size_t bytes = 0;

    for (;;) {
        piece *found = allocate(size);
        if (!found)
            return bytes;
        if ((uintptr_t)found + size > end) {
            release(found);
            return bytes;
        }
        memset(found, 0, size);
        found->next = *taken;
        *taken = found;
        bytes += size;
    }
}

static void give_back(piece *taken, void (*release)(void *))
{
    while (taken) {
        piece *next = taken->next;
        taken->next = NULL;
        release(taken);
        taken = next;
    }
}

static PyObject *wipe(PyObject *module, PyObject *none)
{
    const uintptr_t end = __builtin_wasm_memory_size(0) * PAGE;
    piece *pieces = NULL, *objects = NULL;
    size_t bytes = 0;

    for (size_t size = LARGEST; size >= SMALLEST; size /= 2)
        bytes += take(&pieces, size, malloc, free, end);
    bytes += take(&objects, OBJECT, PyObject_Malloc, PyObject_Free, end);
    give_back(objects, PyObject_Free);
    give_back(pieces, free);
    return PyLong_FromSize_t(bytes);
}

static PyMethodDef functions[] = {
    {"wipe", wipe, METH_NOARGS, PyDoc_STR("Writes zeros over free memory; how many bytes.")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_belljar_memory",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__belljar_memory(void)
{
    return PyModule_Create(&definition);
}

/*
 * shim_immortal.c: what the image holds is never freed, so that nobody needs to count references to it.
 *
 * A counter that goes up and down again dirties its page all the same: a sandbox that looks at some hundred
 * objects of the standard library would have as many pages of its own, each of which is copied at first touch and
 * copied back at the end. So every object that is there when the interpreter has started is made immortal, as
 * CPython makes None (PEP 683). What a program makes later is counted and freed as ever.
 *
 * All that the collector knows, and what can be reached from there; code objects, which it does not know, are
 * looked into by hand, since their constants are counted whenever they are used.
 */
#include "shim.h"

#include <stdlib.h>

/* Objects that were made immortal and whose referents were not looked at yet. */
struct pending {
    PyObject **objects;
    size_t count, room;
    bool failed;
};

static int make_immortal(PyObject *object, void *user)
{
    struct pending *pending = user;

    if (!object || _Py_IsImmortal(object))
        return 0;
    if (pending->count == pending->room) {
        size_t room = 2 * pending->room + 1024;
        PyObject **grown = realloc(pending->objects, room * sizeof *grown);
        if (!grown) {
            pending->failed = true;
            return -1;
        }
        pending->objects = grown;
        pending->room = room;
    }
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    pending->objects[pending->count++] = object;
    return 0;
}

static int from_collector(PyObject *object, void *pending)
{
    return make_immortal(object, pending) == 0;
}

static void look_into_code(PyCodeObject *code, struct pending *pending)
{
    PyObject *const parts[] = {code->co_consts,   code->co_names,     code->co_exceptiontable,
                               code->co_filename, code->co_name,      code->co_localsplusnames,
                               code->co_qualname, code->co_linetable, code->co_localspluskinds};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        make_immortal(parts[i], pending);
}

/* A static type has no traverse of its own; it is immortal anyway, and so comes never here. */
static void look_into(PyObject *object, struct pending *pending)
{
    traverseproc traverse = Py_TYPE(object)->tp_traverse;

    make_immortal((PyObject *)Py_TYPE(object), pending);
    if (PyCode_Check(object))
        look_into_code((PyCodeObject *)object, pending);
    else if (traverse)
        traverse(object, make_immortal, pending);
}

int immortal_make_all(void)
{
    struct pending pending = {NULL, 0, 0, false};

    PyUnstable_GC_VisitObjects(from_collector, &pending);
    while (pending.count > 0 && !pending.failed)
        look_into(pending.objects[--pending.count], &pending);
    free(pending.objects);
    return pending.failed ? -1 : 0;
}

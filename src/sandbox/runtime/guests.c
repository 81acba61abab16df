/*
 * guests.c: where the guests and the cache of compiled modules lie.
 *
 * The guests lie beside this library: in `guests` next to it (a build tree), or where the installation
 * puts them relative to it. Nothing is compiled in, so that an installation may be moved.
 *
 * They may lie in several folders, named in one text with colons between, as in $PATH. The first that has a guest is where it is
 * taken from; what is installed puts the full Python's folder before the others'. "python-lean" is the Python of the last folder
 * that has one: the lean one where both are installed, and the only one where it is alone.
 */
#include <dlfcn.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/runtime/runtime.h"

#define LEAN_PYTHON "python-lean"

static const char *const guest_names[] = {"python", LEAN_PYTHON, "javascript", "typescript"};

/* Relative to the folder of the program or shared library that holds this code; and where the full Python is, which a build tree keeps
 * apart. The first is a build tree or a wheel, whose neighbour is belljar_data. */
static const struct place {
    const char *guests, *full;
} guest_places[] = {
    {"guests", "../belljar_data/guests"},
    {"../share/belljar", "../share/belljar-data"},
    {"../../share/belljar", "../../share/belljar-data"},
};

#define LAST_RESORT "/usr/local/share/belljar"

bool sandbox_is_guest(const char *name)
{
    for (size_t i = 0; i < sizeof guest_names / sizeof *guest_names; i++)
        if (strcmp(name, guest_names[i]) == 0)
            return true;
    return false;
}

static char *join(const char *a, const char *separator, const char *b)
{
    char *path;
    return asprintf(&path, "%s%s%s", a, separator, b) < 0 ? NULL : path;
}

/* The folder of the program or library that holds this code, or NULL. */
static char *own_folder(void)
{
    Dl_info info;
    if (!dladdr((void *)(uintptr_t)&sandbox_guest_dir, &info) || !info.dli_fname)
        return NULL;
    /* For the program itself the name is what it was called by: no path when found by $PATH. */
    char *path = strchr(info.dli_fname, '/') ? realpath(info.dli_fname, NULL)
                                             : realpath("/proc/self/exe", NULL);
    char *slash = path ? strrchr(path, '/') : NULL;
    if (slash)
        *slash = 0;
    return path;
}

static bool is_there(bj_span folder, const char *name, const char *suffix)
{
    char *path;
    if (asprintf(&path, "%.*s/%s%s", (int)folder.size, folder.data, name, suffix) < 0)
        return false;
    const bool found = access(path, R_OK) == 0;
    free(path);
    return found;
}

static bool has_guest(bj_span folder, const char *name)
{
    return is_there(folder, name, ".image.wasm") || is_there(folder, name, ".wasm");
}

/* The folders of a place, or NULL where it has no guests. */
static char *folders_of(const char *own, const struct place *place)
{
    bj_autofree char *guests = join(own, "/", place->guests);
    bj_autofree char *full = place->full ? join(own, "/", place->full) : NULL;
    if (!guests || !has_guest(bj_span_of(guests), "python"))
        return NULL;
    return full && has_guest(bj_span_of(full), "python") ? join(full, ":", guests)
                                                         : bj_steal(&guests);
}

char *sandbox_guest_dir(const char *asked)
{
    if (!asked)
        asked = secure_getenv("BELLJAR_GUESTS");
    if (asked)
        return strdup(asked);
    bj_autofree char *own = own_folder();
    for (size_t i = 0; own && i < sizeof guest_places / sizeof *guest_places; i++) {
        char *folders = folders_of(own, &guest_places[i]);
        if (folders)
            return folders;
    }
    return strdup(LAST_RESORT);
}

/* With the folder of compiled guests of a place, where it has one. NULL when memory is out. */
static char *with_compiled(char *dirs, const char *own, const char *place)
{
    bj_autofree char *before = dirs;
    bj_autofree char *folder = place ? join(own, "/", place) : NULL;
    bj_autofree char *compiled = folder ? join(folder, "/", "compiled") : NULL;
    if (!before || !compiled || access(compiled, R_OK | X_OK) < 0)
        return bj_steal(&before);
    return join(before, ":", compiled);
}

char *sandbox_shipped_dirs(const char *asked)
{
    bj_autofree char *own = own_folder();
    char *dirs = strdup(asked ? asked : "");
    for (size_t i = 0; own && i < sizeof guest_places / sizeof *guest_places; i++) {
        dirs = with_compiled(dirs, own, guest_places[i].guests);
        dirs = with_compiled(dirs, own, guest_places[i].full);
    }
    return dirs;
}

char *sandbox_cache_dir(const char *asked)
{
    if (!asked)
        asked = secure_getenv("BELLJAR_CACHE");
    if (asked)
        return strdup(asked);
    const char *xdg = secure_getenv("XDG_CACHE_HOME");
    if (xdg && *xdg == '/')
        return join(xdg, "/", "belljar");
    const char *home = secure_getenv("HOME");
    if (home && *home == '/')
        return join(home, "/", ".cache/belljar");
    return strdup("");
}

/* The folder that a guest is taken from; the first where none has it. */
static bj_span folder_of(const char *folders, const char *name, bool last)
{
    const size_t first = strcspn(folders, ":");
    bj_span found = {folders, first};
    bool any = false;
    for (const char *at = folders;; at++) {
        const bj_span folder = {at, strcspn(at, ":")};
        at += folder.size;
        if (folder.size > 0 && (!any || last) && has_guest(folder, name)) {
            found = folder;
            any = true;
        }
        if (*at == 0)
            return found;
    }
}

char *sandbox_guest_file(const bj_engine *engine, const char *guest, const char *suffix)
{
    const bool lean = strcmp(guest, LEAN_PYTHON) == 0;
    const char *name = lean ? "python" : guest;
    const bj_span folder = folder_of(engine->guest_dir, name, lean);
    char *path;
    return asprintf(&path, "%.*s/%s%s", (int)folder.size, folder.data, name, suffix) < 0 ? NULL
                                                                                         : path;
}

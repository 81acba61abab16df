/*
 * guests.c: where the guests and the cache of compiled modules lie.
 *
 * The guests lie beside this library: in `guests` next to it (a build tree), or where the installation
 * puts them relative to it. Nothing is compiled in, so that an installation may be moved.
 */
#include <dlfcn.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/internal.h"

static const char *const guest_names[] = {"python", "javascript", "typescript"};

/* Relative to the folder of the program or shared library that holds this code. */
static const char *const guest_places[] = {"guests", "../share/belljar", "../../share/belljar"};

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

char *sandbox_guest_dir(const char *asked)
{
    if (!asked)
        asked = secure_getenv("BELLJAR_GUESTS");
    if (asked)
        return strdup(asked);
    bj_autofree char *own = own_folder();
    for (size_t i = 0; own && i < sizeof guest_places / sizeof *guest_places; i++) {
        bj_autofree char *place = join(own, "/", guest_places[i]);
        bj_autofree char *probe = place ? join(place, "/", "python.wasm") : NULL;
        if (probe && access(probe, R_OK) == 0)
            return bj_steal(&place);
    }
    return strdup(LAST_RESORT);
}

char *sandbox_shipped_dir(void)
{
    bj_autofree char *own = own_folder();
    for (size_t i = 0; own && i < sizeof guest_places / sizeof *guest_places; i++) {
        bj_autofree char *place = join(own, "/", guest_places[i]);
        bj_autofree char *compiled = place ? join(place, "/", "compiled") : NULL;
        if (compiled && access(compiled, R_OK | X_OK) == 0)
            return bj_steal(&compiled);
    }
    return NULL;
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

char *sandbox_guest_file(const bj_engine *engine, const char *guest, const char *suffix)
{
    bj_autofree char *stem = join(engine->guest_dir, "/", guest);
    return stem ? join(stem, "", suffix) : NULL;
}

/*
 * audit.c: from the arguments of a call to what it names. Costs nothing while calls go well and nobody listens.
 */
#include "wasi/audit.h"

#include <stdio.h>
#include <stdlib.h>

/* Where in the arguments a call has (descriptor, path, length), once or twice; 0 behind the first: none. */
typedef struct places {
    uint8_t fd, path; /* `path` is 0 of a call that names none */
    uint8_t other_fd, other_path;
} places;

static const places all_places[WASI_CALL_COUNT] = {
    [WASI_CALL_path_create_directory] = {0, 1, 0, 0},
    [WASI_CALL_path_filestat_get] = {0, 2, 0, 0},
    [WASI_CALL_path_filestat_set_times] = {0, 2, 0, 0},
    [WASI_CALL_path_link] = {0, 2, 4, 5},
    [WASI_CALL_path_open] = {0, 2, 0, 0},
    [WASI_CALL_path_readlink] = {0, 1, 0, 0},
    [WASI_CALL_path_remove_directory] = {0, 1, 0, 0},
    [WASI_CALL_path_rename] = {0, 1, 3, 4},
    [WASI_CALL_path_symlink] = {2, 3, 0, 0},
    [WASI_CALL_path_unlink_file] = {0, 1, 0, 0},
};

/* NULL: it names no path. */
static const places *places_of(const wasi_call *call)
{
    const bool has = call->number < WASI_CALL_COUNT && all_places[call->number].path > 0;
    return has ? &all_places[call->number] : NULL;
}

/* The path of what a descriptor stands for; "" when it has none any more. */
static void descriptor_path(wasi_context *context, uint64_t number, char *path, size_t size)
{
    static const char *const streams[] = {
        [WASI_FD_STDIN] = "stdin", [WASI_FD_STDOUT] = "stdout", [WASI_FD_STDERR] = "stderr"};
    const wasi_fd *fd = wasi_fdtable_get(&context->fds, number);
    path[0] = 0;
    if (!fd)
        return;
    if (fd->kind != WASI_FD_NODE)
        snprintf(path, size, "%s", streams[fd->kind]);
    else if (!vfs_tree_path_of(context->tree, fd->node, path, size))
        path[0] = 0;
}

/* What a path names, as an absolute one: it is not resolved, what it says is what was asked for. A path that cannot
 * be (NUL in it, not in memory) ends where it stops making sense. */
static void argument_path(wasi_context *context, wasi_memory memory, const uint64_t *args,
                          uint8_t fd, uint8_t path, char *out, size_t size)
{
    descriptor_path(context, args[fd], out, size / 2);
    size_t at = strlen(out);
    const uint8_t *bytes = wasi_bytes(memory, args[path], args[path + 1]);
    size_t length = bytes ? strnlen((const char *)bytes, args[path + 1]) : 0;
    if (length > VFS_PATH_MAX)
        length = VFS_PATH_MAX;
    if (length > 0 && bytes[0] == '/')
        at = 0;
    else
        out[at++] = '/';
    if (length > size - at - 1)
        length = size - at - 1;
    if (length > 0)
        memcpy(out + at, bytes, length);
    out[at + length] = 0;
}

void wasi_event_begin(wasi_context *context, const wasi_call *call, wasi_memory memory,
                      const uint64_t *args, wasi_event *event, wasi_event_room *room)
{
    const places *where = places_of(call);
    const wasi_fd *fd = NULL;
    *event = (wasi_event){.call = call->name};
    if (where) {
        argument_path(context, memory, args, where->fd, where->path, room->path, sizeof room->path);
        event->path = room->path;
        fd = wasi_fdtable_get(&context->fds, args[where->fd]);
        if (where->other_path) {
            argument_path(context, memory, args, where->other_fd, where->other_path, room->other,
                          sizeof room->other);
            event->other_path = room->other;
        }
        if (call->number == WASI_CALL_path_open)
            event->rights = args[5];
    } else if (call->audit == WASI_AUDIT_FD || call->audit == WASI_AUDIT_SOCKET) {
        event->has_descriptor = call->number != WASI_CALL_poll_oneoff;
        event->descriptor = (uint32_t)args[0];
        if (event->has_descriptor) {
            descriptor_path(context, args[0], room->path, sizeof room->path);
            event->path = room->path[0] ? room->path : NULL;
            fd = wasi_fdtable_get(&context->fds, args[0]);
        }
    }
    if (fd && fd->kind == WASI_FD_NODE) {
        const vfs_mount *mount = where ? vfs_tree_mount_at(context->tree, room->path)
                                       : vfs_tree_mount_of(context->tree, fd->node);
        event->mount = mount && *mount->path ? mount->path : "/";
        event->layer = mount ? vfs_layer_name(mount->root.layer) : "synthetic";
        if (event->rights == 0)
            event->rights = fd->rights_base;
    }
}

/* ---------------------------------------------------------------- denials */

/* Why an error is a denial; NULL: it is none. */
static const char *reason_of(wasi_context *context, const wasi_call *call, vfs_errno error)
{
    const bool ungranted = vfs_tree_take_ungranted(context->tree);
    if (call->audit == WASI_AUDIT_SOCKET)
        return "there are no sockets";
    if (call->audit != WASI_AUDIT_PATH && call->audit != WASI_AUDIT_FD)
        return NULL;
    switch (error) {
    case VFS_ENOENT:
        return ungranted ? "no grant covers it" : NULL;
    case VFS_ENOTCAPABLE:
        return "it leads out of what was granted, or the descriptor has no right to it";
    case VFS_EROFS:
        return "it is read-only";
    case VFS_EACCES:
        return "the host does not let it be opened";
    case VFS_EMFILE:
        return "as many files are open as the limits descriptors and host-descriptors allow";
    case VFS_ENFILE:
        return "all guests together have as many files of the host open as they may";
    case VFS_EPERM:
        return call->number == WASI_CALL_path_symlink ? "the link leads up" : NULL;
    default:
        return NULL;
    }
}

void wasi_deny(wasi_context *context, const char *call, const char *what, const char *reason)
{
    wasi_denials *denials = &context->denials;
    for (size_t i = 0; i < denials->count; i++) {
        wasi_denial *each = &denials->items[i];
        if (each->call == call && each->reason == reason && strcmp(each->path, what) == 0) {
            each->times++;
            return;
        }
    }
    if (!denials->items)
        denials->items = calloc(WASI_DENIALS_MOST, sizeof *denials->items);
    const size_t size = strlen(what) + 1;
    if (!denials->items || denials->count == WASI_DENIALS_MOST ||
        size > WASI_DENIALS_BYTES - denials->bytes) {
        denials->more++;
        return;
    }
    char *copy = malloc(size);
    if (!copy) {
        denials->more++;
        return;
    }
    memcpy(copy, what, size);
    denials->bytes += size;
    denials->items[denials->count++] = (wasi_denial){call, copy, reason, 1};
}

void wasi_note_denial(wasi_context *context, const wasi_call *call, wasi_memory memory,
                      const uint64_t *args, vfs_errno error)
{
    wasi_event event;
    wasi_event_room room;
    const char *reason = reason_of(context, call, error);
    if (!reason)
        return;
    wasi_event_begin(context, call, memory, args, &event, &room);
    wasi_deny(context, call->name, event.path ? event.path : "", reason);
}

void wasi_denials_clear(wasi_denials *denials)
{
    for (size_t i = 0; i < denials->count; i++)
        free(denials->items[i].path);
    free(denials->items);
    *denials = (wasi_denials){0};
}

wasi_denials wasi_take_denials(wasi_context *context)
{
    wasi_denials taken = context->denials;
    context->denials = (wasi_denials){0};
    return taken;
}

/*
 * change.c: changes to a directory of the host that was granted for reading and writing.
 *
 * Everything goes through a held descriptor of the directory and one name, never through a link: what is made
 * is made with O_EXCL, what is opened is the file that the guest found, what is removed or renamed is a name.
 * Only regular files, directories and symbolic links are ever made.
 *
 * A link that the guest makes may be followed later by a program of the host, which knows nothing of where the
 * mount ends. So its target has no ".." and is not absolute (tree/operations.c): it leads nowhere but down.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "vfs/host/internal.h"

#define HOST_NAME_PATH (VFS_PATH_MAX + VFS_NAME_MAX + 2u)

/* How deep the names below a directory that moved are looked for; each level has a descriptor open. */
#define MOVED_DEPTH 48u

/* ---------------------------------------------------------------- the journal */

/* The path of a name, from the root of the layer; false, and noted: none that can be said. */
static bool path_of_name(vfs_node directory, bj_span name, char path[HOST_NAME_PATH])
{
    if (!host_path_of(directory, path, VFS_PATH_MAX)) {
        vfs_journal_miss(&host_of(directory)->journal, POLICY_UNFINISHED_bytes);
        return false;
    }
    const size_t above = strlen(path);
    path[above] = '/';
    memcpy(path + above + 1, name.data, name.size);
    path[above + 1 + name.size] = 0;
    return true;
}

/* `type` is what was there before. */
static void note_name(vfs_node directory, bj_span name, bool existed, vfs_type type)
{
    char path[HOST_NAME_PATH];
    if (path_of_name(directory, name, path))
        vfs_journal_add(&host_of(directory)->journal, bj_span_of(path), existed, type);
}

/* Whether the path is a name of the very file: what the kernel tells of a removed one looks like a path, too. */
static bool leads_to(const host_layer *self, const char *path, const struct stat *file)
{
    struct stat st;
    return path[0] == '/' &&
           fstatat(self->slots[0].file->fd, path + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_ino == file->st_ino && st.st_dev == file->st_dev;
}

/* The first time that a descriptor changes what it is of, a file or a link. What has no name is nobody's business; of what has
 * several only one is known. */
static void note_modified(vfs_node node)
{
    char path[VFS_PATH_MAX];
    struct stat st;
    host_layer *self = host_of(node);
    host_slot *slot = &self->slots[node.id];
    if (slot->written == self->journal.round)
        return;
    slot->written = self->journal.round;
    if (fstat(slot->file->fd, &st) < 0 || st.st_nlink == 0)
        return;
    if (st.st_nlink > 1)
        vfs_journal_miss(&self->journal, POLICY_UNFINISHED_links);
    if (!host_path_of(node, path, sizeof path))
        vfs_journal_miss(&self->journal, POLICY_UNFINISHED_bytes);
    else if (leads_to(self, path, &st))
        vfs_journal_add(&self->journal, bj_span_of(path), true, (vfs_type)node.type);
    else
        vfs_journal_miss(&self->journal, POLICY_UNFINISHED_links);
}

/* ---------------------------------------------------------------- directories that move */

/* A directory that moved, and the paths that it had and has: what lies in it is told of under both. */
typedef struct moved_directory {
    host_layer *self;
    char from[HOST_NAME_PATH], to[HOST_NAME_PATH];
    size_t from_size, to_size;
} moved_directory;

static bool note_moved_names(moved_directory *m, int fd, unsigned depth);

/* Appends to both paths; false: they would be longer than a path can be. */
static bool descend(moved_directory *m, const char *name)
{
    const size_t size = strlen(name);
    if (m->from_size + size + 2 > sizeof m->from || m->to_size + size + 2 > sizeof m->to)
        return false;
    m->from[m->from_size] = m->to[m->to_size] = '/';
    memcpy(m->from + m->from_size + 1, name, size + 1);
    memcpy(m->to + m->to_size + 1, name, size + 1);
    m->from_size += size + 1;
    m->to_size += size + 1;
    return true;
}

static void ascend(moved_directory *m, const char *name)
{
    m->from_size -= strlen(name) + 1;
    m->to_size -= strlen(name) + 1;
    m->from[m->from_size] = m->to[m->to_size] = 0;
}

/* One name in the directory that `fd` is. False: there is no use in going on. */
static bool note_moved_name(moved_directory *m, int fd, const char *name, unsigned depth)
{
    struct stat st;
    vfs_journal *journal = &m->self->journal;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !descend(m, name)) {
        vfs_journal_miss(journal, POLICY_UNFINISHED_bytes);
        return false;
    }
    const vfs_type type = host_type(st.st_mode);
    vfs_journal_add(journal, (bj_span){m->from, m->from_size}, true, type);
    vfs_journal_add(journal, (bj_span){m->to, m->to_size}, false, type);
    if (S_ISDIR(st.st_mode)) {
        bj_autoclose int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0 || depth == MOVED_DEPTH)
            vfs_journal_miss(journal, POLICY_UNFINISHED_host);
        else
            (void)note_moved_names(m, bj_steal_fd(&below), depth + 1);
    }
    ascend(m, name);
    return journal->unfinished == POLICY_FINISHED;
}

/* Takes over the descriptor. */
static bool note_moved_names(moved_directory *m, int fd, unsigned depth)
{
    DIR *names = fdopendir(fd);
    if (!names) {
        close(fd);
        vfs_journal_miss(&m->self->journal, POLICY_UNFINISHED_host);
        return false;
    }
    bool goes_on = true;
    for (struct dirent *entry; goes_on && (entry = readdir(names)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            goes_on = note_moved_name(m, fd, entry->d_name, depth);
    closedir(names);
    return goes_on;
}

/* Of the directory that is `new_name` in `to` now. Once something was missed, nothing more is looked for: so the work of all
 * moves of a run together is bounded by the journal's size. */
static void note_moved(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    moved_directory m = {.self = host_of(to)};
    if (m.self->journal.unfinished != POLICY_FINISHED || !path_of_name(from, name, m.from) ||
        !path_of_name(to, new_name, m.to))
        return;
    m.from_size = strlen(m.from);
    m.to_size = strlen(m.to);
    const int fd = openat(host_fd(to), strrchr(m.to, '/') + 1,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        vfs_journal_miss(&m.self->journal, POLICY_UNFINISHED_host);
    else
        (void)note_moved_names(&m, fd, 0);
}

/* ---------------------------------------------------------------- bytes */

/* Beyond this size a write is a signal to the process (SIGXFSZ), which is the host's. */
static bool is_too_large(uint64_t size)
{
    struct rlimit limit;
    return size > INT64_MAX || (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                                limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur);
}

static vfs_errno size_of(vfs_node node, uint64_t *size)
{
    struct stat st;
    if (fstat(host_fd(node), &st) < 0)
        return host_error();
    *size = st.st_size < 0 ? 0 : (uint64_t)st.st_size;
    return VFS_OK;
}

/* Room for *size bytes at `offset` of a file of `old` bytes, or for as many as the limit allows. */
static vfs_errno take_room(host_layer *self, uint64_t old, uint64_t offset, size_t *size)
{
    if (offset + *size <= old)
        return VFS_OK;
    if (host_grow_bytes(self, (int64_t)(offset + *size - old)))
        return VFS_OK;
    uint64_t left = policy_budget_left(self->budget, POLICY_file_bytes);
    if (old + left <= offset || !host_grow_bytes(self, (int64_t)left))
        return VFS_ENOSPC;
    *size = (size_t)(old + left - offset);
    return VFS_OK;
}

vfs_errno host_write(vfs_node node, uint64_t offset, const void *bytes, size_t size, size_t *moved)
{
    host_layer *self = host_of(node);
    uint64_t old, now;
    *moved = 0;
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    vfs_errno error = host_open(node, VFS_WRITE);
    if (error != VFS_OK || size == 0)
        return error;
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return VFS_EFBIG;
    error = size_of(node, &old);
    if (error == VFS_OK && offset + size > old && is_too_large(offset + size))
        error = VFS_EFBIG;
    if (error == VFS_OK)
        error = take_room(self, old, offset, &size);
    if (error != VFS_OK)
        return error;
    ssize_t done;
    self->looked_up = HOST_NO_SLOT;
    do
        done = pwrite(host_fd(node), bytes, size, (off_t)offset);
    while (done < 0 && errno == EINTR);
    if (done < 0)
        error = host_error();
    else
        *moved = (size_t)done;
    if (*moved > 0)
        note_modified(node);
    const uint64_t wanted = offset + size;
    if (wanted > old && *moved < size && size_of(node, &now) == VFS_OK && now < wanted)
        (void)host_grow_bytes(self, -(int64_t)(wanted - (now > old ? now : old)));
    return error;
}

vfs_errno host_resize(vfs_node node, uint64_t size)
{
    host_layer *self = host_of(node);
    uint64_t old;
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    vfs_errno error = host_open(node, VFS_WRITE);
    if (error == VFS_OK)
        error = size_of(node, &old);
    if (error != VFS_OK)
        return error;
    if (size > old && is_too_large(size))
        return VFS_EFBIG;
    if (size > old && !host_grow_bytes(self, (int64_t)(size - old)))
        return VFS_ENOSPC;
    self->looked_up = HOST_NO_SLOT;
    if (ftruncate(host_fd(node), (off_t)size) < 0) {
        error = host_error();
        if (size > old)
            (void)host_grow_bytes(self, -(int64_t)(size - old));
        return error;
    }
    if (size < old)
        (void)host_grow_bytes(self, -(int64_t)(old - size));
    note_modified(node);
    return VFS_OK;
}

vfs_errno host_sync(vfs_node node)
{
    if (node.layer->read_only || host_of(node)->slots[node.id].file->access == 0)
        return VFS_OK;
    return fsync(host_fd(node)) < 0 ? host_error() : VFS_OK;
}

/* ---------------------------------------------------------------- attributes */

static struct timespec time_of(bool set, uint64_t ns)
{
    if (!set)
        return (struct timespec){.tv_nsec = UTIME_OMIT};
    return (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
}

vfs_errno host_set_times(vfs_node node, const vfs_times *times)
{
    char text[HOST_FD_PATH];
    const struct timespec both[2] = {time_of(times->set_accessed, times->accessed_ns),
                                     time_of(times->set_modified, times->modified_ns)};
    if (node.layer->read_only)
        return VFS_EROFS;
    if (node.type != VFS_REGULAR_FILE && node.type != VFS_DIRECTORY && node.type != VFS_SYMLINK)
        return VFS_EACCES;
    host_of(node)->looked_up = HOST_NO_SLOT;
    if (utimensat(host_fd(node), "", both, AT_EMPTY_PATH) < 0) {
        if (errno != EINVAL || node.type == VFS_SYMLINK)
            return host_error();
        /* Linux before 5.8 */
        if (utimensat(AT_FDCWD, host_fd_path(host_fd(node), text), both, 0) < 0)
            return host_error();
    }
    if (times->set_modified && node.type != VFS_DIRECTORY)
        note_modified(node);
    return VFS_OK;
}

/* ---------------------------------------------------------------- names */

/* A name as a system call wants it. */
typedef struct host_name {
    char text[VFS_NAME_MAX + 1];
} host_name;

static host_name name_of(bj_span name)
{
    host_name copy;
    memcpy(copy.text, name.data, name.size);
    copy.text[name.size] = 0;
    return copy;
}

vfs_errno host_create(vfs_node directory, bj_span name, vfs_type type, vfs_node *child)
{
    host_layer *self = host_of(directory);
    const host_name text = name_of(name);
    vfs_errno error = VFS_OK;
    if (self->layer.read_only)
        return VFS_EROFS;
    if (type != VFS_DIRECTORY && policy_budget_left(self->budget, POLICY_host_descriptors) == 0)
        return VFS_EMFILE; /* before there is a file that cannot be given out */
    if (!host_grow_files(self, 1))
        return VFS_ENOSPC;
    const int fd = type == VFS_DIRECTORY
                       ? mkdirat(host_fd(directory), text.text, 0777)
                       : openat(host_fd(directory), text.text,
                                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) {
        error = host_error();
        (void)host_grow_files(self, -1);
        return error;
    }
    error = type == VFS_DIRECTORY ? host_lookup(directory, name, child)
                                  : host_adopt(self, fd, VFS_READ | VFS_WRITE, child);
    if (error != VFS_OK) {
        (void)unlinkat(host_fd(directory), text.text, type == VFS_DIRECTORY ? AT_REMOVEDIR : 0);
        (void)host_grow_files(self, -1);
        return error;
    }
    note_name(directory, name, false, type);
    return VFS_OK;
}

vfs_errno host_unlink(vfs_node directory, bj_span name)
{
    const host_name text = name_of(name);
    struct stat st;
    if (directory.layer->read_only)
        return VFS_EROFS;
    if (fstatat(host_fd(directory), text.text, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return host_error();
    if (S_ISDIR(st.st_mode))
        return VFS_EISDIR;
    host_of(directory)->looked_up = HOST_NO_SLOT;
    if (unlinkat(host_fd(directory), text.text, 0) < 0)
        return host_error();
    host_count_removal(host_of(directory), &st);
    note_name(directory, name, true, host_type(st.st_mode));
    return VFS_OK;
}

vfs_errno host_rmdir(vfs_node directory, bj_span name)
{
    const host_name text = name_of(name);
    if (directory.layer->read_only)
        return VFS_EROFS;
    if (unlinkat(host_fd(directory), text.text, AT_REMOVEDIR) < 0)
        return host_error();
    (void)host_grow_files(host_of(directory), -1);
    note_name(directory, name, true, VFS_DIRECTORY);
    return VFS_OK;
}

vfs_errno host_rename(vfs_node from, bj_span name, vfs_node to, bj_span new_name)
{
    const host_name old_text = name_of(name), new_text = name_of(new_name);
    struct stat moved, replaced;
    if (from.layer->read_only)
        return VFS_EROFS;
    if (fstatat(host_fd(from), old_text.text, &moved, AT_SYMLINK_NOFOLLOW) < 0)
        return host_error();
    const bool found = fstatat(host_fd(to), new_text.text, &replaced, AT_SYMLINK_NOFOLLOW) == 0;
    const bool replaces =
        found && (replaced.st_ino != moved.st_ino || replaced.st_dev != moved.st_dev);
    host_of(from)->looked_up = HOST_NO_SLOT;
    if (renameat(host_fd(from), old_text.text, host_fd(to), new_text.text) < 0)
        return host_error();
    if (found && !replaces) /* two names of one file: the kernel has done nothing */
        return VFS_OK;
    if (replaces)
        host_count_removal(host_of(from), &replaced);
    note_name(from, name, true, host_type(moved.st_mode));
    note_name(to, new_name, replaces, replaces ? host_type(replaced.st_mode) : VFS_UNKNOWN);
    if (S_ISDIR(moved.st_mode))
        note_moved(from, name, to, new_name);
    return VFS_OK;
}

bool host_goes_up(bj_span target)
{
    if (target.size > 0 && target.data[0] == '/')
        return true;
    for (const char *at = target.data, *end = at + target.size; at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t size = (size_t)((slash ? slash : end) - at);
        if (size == 2 && at[0] == '.' && at[1] == '.')
            return true;
        at += size + 1;
    }
    return false;
}

vfs_errno host_symlink(vfs_node directory, bj_span name, bj_span target)
{
    host_layer *self = host_of(directory);
    const host_name text = name_of(name);
    char path[VFS_PATH_MAX + 1];
    if (self->layer.read_only)
        return VFS_EROFS;
    if (host_goes_up(target))
        return VFS_EPERM;
    if (!host_grow_files(self, 1))
        return VFS_ENOSPC;
    memcpy(path, target.data, target.size);
    path[target.size] = 0;
    if (symlinkat(path, host_fd(directory), text.text) == 0) {
        note_name(directory, name, false, VFS_SYMLINK);
        return VFS_OK;
    }
    vfs_errno error = host_error();
    (void)host_grow_files(self, -1);
    return error;
}

vfs_errno host_link(vfs_node node, vfs_node directory, bj_span name)
{
    host_layer *self = host_of(directory);
    const host_name text = name_of(name);
    char path[HOST_FD_PATH];
    if (self->layer.read_only)
        return VFS_EROFS;
    if (node.type != VFS_REGULAR_FILE && node.type != VFS_SYMLINK)
        return VFS_EPERM;
    if (!host_grow_files(self, 1))
        return VFS_ENOSPC;
    self->looked_up = HOST_NO_SLOT;
    if (linkat(AT_FDCWD, host_fd_path(host_fd(node), path), host_fd(directory), text.text,
               AT_SYMLINK_FOLLOW) == 0) {
        note_name(directory, name, false, (vfs_type)node.type);
        return VFS_OK;
    }
    vfs_errno error = host_error();
    (void)host_grow_files(self, -1);
    return error;
}

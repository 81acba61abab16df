/*
 * os.c: the module "os": descriptors, directories and the clock, as QuickJS's own os module has them.
 *
 * Owns nothing. What returns a status returns 0 (or a count, or a descriptor) or -errno; what returns a
 * value returns [value, errno]. Processes, signals, pipes, terminals and workers do not exist here, so
 * neither do their functions.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../posix.h"
#include "guest.h"

/* ---- Results. ---- */

static JSValue status_of(JSContext *context, int64_t result)
{
    return JS_NewInt64(context, result < 0 ? -errno : result);
}

/* [value, errno]; takes the value. */
static JSValue pair(JSContext *context, JSValue value, int error)
{
    JSValue array;

    if (JS_IsException(value))
        return value;
    array = JS_NewArray(context);
    if (JS_IsException(array)) {
        JS_FreeValue(context, value);
        return array;
    }
    JS_DefinePropertyValueUint32(context, array, 0, value, JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(context, array, 1, JS_NewInt32(context, error), JS_PROP_C_W_E);
    return array;
}

/* ---- Descriptors. ---- */

static JSValue os_open(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path;
    int flags, mode = 0666, fd;

    (void)this_value;
    if (JS_ToInt32(context, &flags, argc > 1 ? argv[1] : JS_UNDEFINED) ||
        (argc > 2 && !JS_IsUndefined(argv[2]) && JS_ToInt32(context, &mode, argv[2])) ||
        !(path = text_path(context, argv[0])))
        return JS_EXCEPTION;
    fd = open(path, flags, mode);
    JS_FreeCString(context, path);
    return status_of(context, fd);
}

static JSValue os_close(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]))
        return JS_EXCEPTION;
    return status_of(context, close(fd));
}

static JSValue os_seek(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int64_t offset, position;
    int fd, whence;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]) || JS_ToInt64Ext(context, &offset, argv[1]) ||
        JS_ToInt32(context, &whence, argv[2]))
        return JS_EXCEPTION;
    position = lseek(fd, offset, whence);
    if (position < 0)
        position = -errno;
    return JS_IsBigInt(argv[1]) ? JS_NewBigInt64(context, position)
                                : JS_NewInt64(context, position);
}

static JSValue os_read_write(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv, int writes)
{
    uint64_t position, length;
    uint8_t *bytes;
    size_t size;
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]) || JS_ToIndex(context, &position, argv[2]) ||
        JS_ToIndex(context, &length, argv[3]) || !(bytes = text_bytes_of(context, argv[1], &size)))
        return JS_EXCEPTION;
    if (position > size || length > size - position)
        return JS_ThrowRangeError(context, "read/write array buffer overflow");
    bytes += position;
    return status_of(context,
                     writes ? write(fd, bytes, (size_t)length) : read(fd, bytes, (size_t)length));
}

static JSValue os_isatty(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]))
        return JS_EXCEPTION;
    return JS_NewBool(context, isatty(fd));
}

static JSValue os_dup(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]))
        return JS_EXCEPTION;
    return status_of(context, dup(fd));
}

static JSValue os_dup2(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int fd, to;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]) || JS_ToInt32(context, &to, argv[1]))
        return JS_EXCEPTION;
    return status_of(context, dup2(fd, to));
}

/* ---- One path. ---- */

enum { PATH_REMOVE, PATH_MKDIR };

static JSValue os_path(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                       int what)
{
    const char *path = text_path(context, argv[0]);
    int mode = 0777, result;

    (void)this_value;
    if (!path)
        return JS_EXCEPTION;
    if (what == PATH_MKDIR && argc > 1 && !JS_IsUndefined(argv[1]) &&
        JS_ToInt32(context, &mode, argv[1])) {
        JS_FreeCString(context, path);
        return JS_EXCEPTION;
    }
    result = what == PATH_REMOVE ? remove(path) : mkdir(path, (mode_t)mode);
    JS_FreeCString(context, path);
    return status_of(context, result);
}

/* wasi-libc keeps the working directory as text and would leave each ".." in it. */
static JSValue os_chdir(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    char *absolute = path ? modules_absolute_path(context, path) : NULL;
    JSValue result = JS_EXCEPTION;

    (void)this_value, (void)argc;
    if (absolute)
        result = status_of(context, chdir(*path ? absolute : path));
    js_free(context, absolute);
    JS_FreeCString(context, path);
    return result;
}

enum { PATHS_RENAME, PATHS_SYMLINK };

static JSValue os_paths(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                        int what)
{
    const char *from = text_path(context, argv[0]);
    const char *to = from ? text_path(context, argv[1]) : NULL;
    JSValue result = JS_EXCEPTION;

    (void)this_value, (void)argc;
    if (to)
        result = status_of(context, what == PATHS_RENAME ? rename(from, to) : symlink(from, to));
    JS_FreeCString(context, from);
    JS_FreeCString(context, to);
    return result;
}

static JSValue os_getcwd(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    char *path = getcwd(NULL, 0);
    JSValue result;

    (void)this_value, (void)argc, (void)argv;
    if (!path)
        return pair(context, JS_NewString(context, ""), errno);
    result = pair(context, JS_NewString(context, path), 0);
    free(path);
    return result;
}

static JSValue os_readlink(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    char target[PATH_MAX];
    ssize_t size;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    size = readlink(path, target, sizeof target);
    JS_FreeCString(context, path);
    if (size < 0)
        return pair(context, JS_NewString(context, ""), errno);
    return pair(context, JS_NewStringLen(context, target, (size_t)size), 0);
}

/* The directory of each path is where the host says it is, so only "." and ".." and links in the last
 * part are followed: WASI has no call for more. */
static JSValue os_realpath(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    char *resolved;
    JSValue result;
    struct stat status;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    if (stat(path, &status)) {
        result = pair(context, JS_NewString(context, ""), errno);
    } else {
        resolved = modules_absolute_path(context, path);
        result = resolved ? pair(context, JS_NewString(context, resolved), 0) : JS_EXCEPTION;
        js_free(context, resolved);
    }
    JS_FreeCString(context, path);
    return result;
}

/* ---- Directories and what is in them. ---- */

static JSValue os_readdir(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    JSValue array;
    struct dirent *entry;
    uint32_t count = 0;
    DIR *directory;
    int error;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    array = JS_NewArray(context);
    directory = opendir(path);
    error = directory ? 0 : errno;
    JS_FreeCString(context, path);
    while (directory && !JS_IsException(array)) {
        errno = 0;
        entry = readdir(directory);
        if (!entry) {
            error = errno;
            break;
        }
        if (JS_DefinePropertyValueUint32(context, array, count++,
                                         JS_NewString(context, entry->d_name), JS_PROP_C_W_E) < 0) {
            JS_FreeValue(context, array);
            array = JS_EXCEPTION;
        }
    }
    if (directory)
        closedir(directory);
    return pair(context, array, error);
}

static double milliseconds(struct timespec time)
{
    return (double)time.tv_sec * 1000 + (double)(time.tv_nsec / 1000) / 1000;
}

static JSValue os_stat(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                       int of_link)
{
    const char *path = text_path(context, argv[0]);
    struct stat status;
    JSValue object;
    int error;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    error = (of_link ? lstat(path, &status) : stat(path, &status)) ? errno : 0;
    JS_FreeCString(context, path);
    if (error)
        return pair(context, JS_NULL, error);
    object = JS_NewObject(context);
    if (JS_IsException(object))
        return object;
    const struct {
        const char *name;
        double value;
    } fields[] = {
        {"dev", (double)status.st_dev},
        {"ino", (double)status.st_ino},
        {"mode", status.st_mode},
        {"nlink", (double)status.st_nlink},
        {"uid", status.st_uid},
        {"gid", status.st_gid},
        {"rdev", (double)status.st_rdev},
        {"size", (double)status.st_size},
        {"blocks", (double)status.st_blocks},
        {"atime", milliseconds(status.st_atim)},
        {"mtime", milliseconds(status.st_mtim)},
        {"ctime", milliseconds(status.st_ctim)},
    };
    for (size_t i = 0; i < countof(fields); i++)
        JS_DefinePropertyValueStr(context, object, fields[i].name,
                                  JS_NewFloat64(context, fields[i].value), JS_PROP_C_W_E);
    return pair(context, object, 0);
}

static struct timespec timespec_of(double ms)
{
    int64_t seconds = (int64_t)(ms / 1000);
    int64_t nanoseconds = (int64_t)((ms - (double)seconds * 1000) * 1e6);

    if (nanoseconds < 0) {
        seconds--;
        nanoseconds += 1000000000;
    }
    return (struct timespec){.tv_sec = seconds, .tv_nsec = (long)nanoseconds};
}

static JSValue os_utimes(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct timespec times[2];
    double accessed, modified;
    const char *path;
    int result;

    (void)this_value, (void)argc;
    if (JS_ToFloat64(context, &accessed, argv[1]) || JS_ToFloat64(context, &modified, argv[2]))
        return JS_EXCEPTION;
    if (!(accessed > -1e15 && accessed < 1e15 && modified > -1e15 && modified < 1e15))
        return JS_NewInt32(context, -EINVAL);
    path = text_path(context, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    times[0] = timespec_of(accessed);
    times[1] = timespec_of(modified);
    result = utimensat(AT_FDCWD, path, times, 0);
    JS_FreeCString(context, path);
    return status_of(context, result);
}

/* ---- The clock. ---- */

static JSValue os_now(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_NewFloat64(context, (double)loop_now() / 1e6);
}

static JSValue os_sleep(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    double ms;

    (void)this_value, (void)argc;
    if (JS_ToFloat64(context, &ms, argv[0]))
        return JS_EXCEPTION;
    if (ms > 0)
        loop_sleep(ms < 1e12 ? (uint64_t)(ms * 1e6) : (uint64_t)1e18);
    return JS_NewInt32(context, 0);
}

/* ---- The module. ---- */

#define CONSTANT(name) JS_PROP_INT32_DEF(#name, name, JS_PROP_CONFIGURABLE)

static const JSCFunctionListEntry members[] = {
    JS_CFUNC_DEF("open", 2, os_open),
    JS_CFUNC_DEF("close", 1, os_close),
    JS_CFUNC_DEF("seek", 3, os_seek),
    JS_CFUNC_MAGIC_DEF("read", 4, os_read_write, 0),
    JS_CFUNC_MAGIC_DEF("write", 4, os_read_write, 1),
    JS_CFUNC_DEF("isatty", 1, os_isatty),
    JS_CFUNC_DEF("dup", 1, os_dup),
    JS_CFUNC_DEF("dup2", 2, os_dup2),
    JS_CFUNC_MAGIC_DEF("remove", 1, os_path, PATH_REMOVE),
    JS_CFUNC_MAGIC_DEF("mkdir", 1, os_path, PATH_MKDIR),
    JS_CFUNC_DEF("chdir", 1, os_chdir),
    JS_CFUNC_MAGIC_DEF("rename", 2, os_paths, PATHS_RENAME),
    JS_CFUNC_MAGIC_DEF("symlink", 2, os_paths, PATHS_SYMLINK),
    JS_CFUNC_DEF("readlink", 1, os_readlink),
    JS_CFUNC_DEF("realpath", 1, os_realpath),
    JS_CFUNC_DEF("getcwd", 0, os_getcwd),
    JS_CFUNC_DEF("readdir", 1, os_readdir),
    JS_CFUNC_MAGIC_DEF("stat", 1, os_stat, 0),
    JS_CFUNC_MAGIC_DEF("lstat", 1, os_stat, 1),
    JS_CFUNC_DEF("utimes", 3, os_utimes),
    JS_CFUNC_DEF("now", 0, os_now),
    JS_CFUNC_DEF("sleep", 1, os_sleep),
    JS_CFUNC_DEF("sleepAsync", 1, loop_sleep_async),
    JS_CFUNC_DEF("setTimeout", 2, loop_set_timeout),
    JS_CFUNC_DEF("clearTimeout", 1, loop_clear_timeout),
    JS_PROP_STRING_DEF("platform", "wasi", JS_PROP_CONFIGURABLE),
    CONSTANT(O_RDONLY),
    CONSTANT(O_WRONLY),
    CONSTANT(O_RDWR),
    CONSTANT(O_APPEND),
    CONSTANT(O_CREAT),
    CONSTANT(O_EXCL),
    CONSTANT(O_TRUNC),
    CONSTANT(S_IFMT),
    CONSTANT(S_IFIFO),
    CONSTANT(S_IFCHR),
    CONSTANT(S_IFDIR),
    CONSTANT(S_IFBLK),
    CONSTANT(S_IFREG),
    CONSTANT(S_IFSOCK),
    CONSTANT(S_IFLNK),
    CONSTANT(S_ISGID),
    CONSTANT(S_ISUID),
};

int os_install(JSContext *context)
{
    JSValue object = JS_NewObject(context);
    int status;

    if (JS_IsException(object))
        return -1;
    JS_SetPropertyFunctionList(context, object, members, countof(members));
    status = modules_add_native(context, "os", object);
    JS_FreeValue(context, object);
    return status;
}

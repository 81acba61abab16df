/*
 * files.c: the calls on files that node:fs needs and the module "os" has not.
 *
 * Owns nothing. What fails returns -errno, as in os.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "library.h"

static JSValue status_of(JSContext *context, int64_t result)
{
    return JS_NewInt64(context, result < 0 ? -errno : result);
}

/* ---- What a file is. ---- */

static double milliseconds(const struct timespec *time)
{
    return (double)time->tv_sec * 1e3 + (double)time->tv_nsec / 1e6;
}

/* [dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atime, mtime, ctime], times in milliseconds */
static JSValue list_of(JSContext *context, const struct stat *status)
{
    const double numbers[] = {
        (double)status->st_dev,
        (double)status->st_mode,
        (double)status->st_nlink,
        (double)status->st_uid,
        (double)status->st_gid,
        (double)status->st_rdev,
        4096,
        (double)status->st_ino,
        (double)status->st_size,
        (double)((status->st_size + 511) / 512),
        milliseconds(&status->st_atim),
        milliseconds(&status->st_mtim),
        milliseconds(&status->st_ctim),
    };
    JSValue list = JS_NewArray(context);

    for (uint32_t i = 0; !JS_IsException(list) && i < countof(numbers); i++) {
        if (JS_DefinePropertyValueUint32(context, list, i, JS_NewFloat64(context, numbers[i]),
                                         JS_PROP_C_W_E) < 0) {
            JS_FreeValue(context, list);
            list = JS_EXCEPTION;
        }
    }
    return list;
}

/* (path, whether a link is followed) */
static JSValue files_stat(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    struct stat status;
    int result;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    result = JS_ToBool(context, argv[1]) > 0 ? stat(path, &status) : lstat(path, &status);
    JS_FreeCString(context, path);
    return result ? status_of(context, -1) : list_of(context, &status);
}

static JSValue files_fstat(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    struct stat status;
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]))
        return JS_EXCEPTION;
    return fstat(fd, &status) ? status_of(context, -1) : list_of(context, &status);
}

/* ---- Paths. ---- */

enum { PATH_UNLINK, PATH_RMDIR, PATH_ACCESS };

static JSValue files_path(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                          int what)
{
    const char *path = text_path(context, argv[0]);
    int result, mode = 0;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    if (what == PATH_ACCESS && JS_ToInt32(context, &mode, argv[1])) {
        JS_FreeCString(context, path);
        return JS_EXCEPTION;
    }
    result = what == PATH_UNLINK  ? unlink(path)
             : what == PATH_RMDIR ? rmdir(path)
                                  : access(path, mode);
    JS_FreeCString(context, path);
    return status_of(context, result);
}

static JSValue files_link(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *from = text_path(context, argv[0]),
               *to = from ? text_path(context, argv[1]) : NULL;
    JSValue result = JS_EXCEPTION;

    (void)this_value, (void)argc;
    if (to)
        result = status_of(context, link(from, to));
    JS_FreeCString(context, from);
    JS_FreeCString(context, to);
    return result;
}

/* Names and types, one after the other; or -errno. */
static JSValue files_list(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    DIR *directory = path ? opendir(path) : NULL;
    struct dirent *entry;
    JSValue list;
    uint32_t count = 0;

    (void)this_value, (void)argc;
    JS_FreeCString(context, path);
    if (!path)
        return JS_EXCEPTION;
    if (!directory)
        return status_of(context, -1);
    list = JS_NewArray(context);
    while (!JS_IsException(list) && (entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (JS_DefinePropertyValueUint32(context, list, count++,
                                         JS_NewString(context, entry->d_name), JS_PROP_C_W_E) < 0 ||
            JS_DefinePropertyValueUint32(context, list, count++,
                                         JS_NewInt32(context, entry->d_type), JS_PROP_C_W_E) < 0) {
            JS_FreeValue(context, list);
            list = JS_EXCEPTION;
        }
    }
    closedir(directory);
    return list;
}

/* ---- Descriptors. ---- */

static JSValue files_truncate(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    int64_t size;
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]) || JS_ToInt64(context, &size, argv[1]))
        return JS_EXCEPTION;
    return status_of(context, ftruncate(fd, size));
}

static JSValue files_sync(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int fd;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &fd, argv[0]))
        return JS_EXCEPTION;
    return status_of(context, fsync(fd));
}

/* (fd, view, offset, length, position): position -1 is where the descriptor stands. */
static JSValue files_transfer(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv, int writes)
{
    size_t size;
    uint8_t *bytes;
    int64_t offset, length, position;
    int fd;

    (void)this_value, (void)argc;
    /* The bytes last: to be a number, an object may run code that lets go of them. */
    if (JS_ToInt32(context, &fd, argv[0]) || JS_ToInt64(context, &offset, argv[2]) ||
        JS_ToInt64(context, &length, argv[3]) || JS_ToInt64(context, &position, argv[4]) ||
        !(bytes = text_bytes_of(context, argv[1], &size)))
        return JS_EXCEPTION;
    if (offset < 0 || length < 0 || offset > (int64_t)size || length > (int64_t)size - offset)
        return JS_ThrowRangeError(context, "outside of the buffer");
    bytes += offset;
    if (writes && (fd == STDOUT_FILENO || fd == STDERR_FILENO) && position < 0) {
        /* In one order with what the console writes. */
        FILE *file = fd == STDOUT_FILENO ? stdout : stderr;

        return JS_NewInt64(context, (int64_t)fwrite(bytes, 1, (size_t)length, file));
    }
    if (position < 0)
        return status_of(context, writes ? write(fd, bytes, (size_t)length)
                                         : read(fd, bytes, (size_t)length));
    return status_of(context, writes ? pwrite(fd, bytes, (size_t)length, position)
                                     : pread(fd, bytes, (size_t)length, position));
}

/* The text of an error number, as the C library has it. */
static JSValue files_message(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    int number;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &number, argv[0]))
        return JS_EXCEPTION;
    return JS_NewString(context, strerror(number));
}

#define ERROR(name) JS_PROP_INT32_DEF(#name, name, JS_PROP_C_W_E)

static const JSCFunctionListEntry errors[] = {
    ERROR(E2BIG),       ERROR(EACCES),  ERROR(EAGAIN),    ERROR(EBADF),   ERROR(EBUSY),
    ERROR(ECANCELED),   ERROR(EDQUOT),  ERROR(EEXIST),    ERROR(EFBIG),   ERROR(EINTR),
    ERROR(EINVAL),      ERROR(EIO),     ERROR(EISDIR),    ERROR(ELOOP),   ERROR(EMFILE),
    ERROR(EMLINK),      ERROR(ENFILE),  ERROR(ENODEV),    ERROR(ENOENT),  ERROR(ENOMEM),
    ERROR(ENOSPC),      ERROR(ENOSYS),  ERROR(ENOTDIR),   ERROR(ENOTSUP), ERROR(ENOTEMPTY),
    ERROR(ENXIO),       ERROR(EPERM),   ERROR(EPIPE),     ERROR(ERANGE),  ERROR(EROFS),
    ERROR(ESPIPE),      ERROR(ETXTBSY), ERROR(EOVERFLOW), ERROR(EXDEV),   ERROR(ENAMETOOLONG),
    ERROR(ENOTCAPABLE),
};

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("stat", 2, files_stat),
    JS_CFUNC_DEF("fstat", 1, files_fstat),
    JS_CFUNC_MAGIC_DEF("unlink", 1, files_path, PATH_UNLINK),
    JS_CFUNC_MAGIC_DEF("rmdir", 1, files_path, PATH_RMDIR),
    JS_CFUNC_MAGIC_DEF("access", 2, files_path, PATH_ACCESS),
    JS_CFUNC_DEF("link", 2, files_link),
    JS_CFUNC_DEF("list", 1, files_list),
    JS_CFUNC_DEF("truncate", 2, files_truncate),
    JS_CFUNC_DEF("sync", 1, files_sync),
    JS_CFUNC_MAGIC_DEF("pread", 5, files_transfer, 0),
    JS_CFUNC_MAGIC_DEF("pwrite", 5, files_transfer, 1),
    JS_CFUNC_DEF("message", 1, files_message),
    JS_OBJECT_DEF("errors", errors, countof(errors), JS_PROP_C_W_E),
};

void files_install(JSContext *context, JSValueConst native)
{
    JS_SetPropertyFunctionList(context, native, functions, countof(functions));
}

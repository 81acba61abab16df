/*
 * shim_sqlite.c: the locks of SQLite's database files, and what a connection begins with.
 *
 * WASI has no locks on files. SQLite by itself makes a directory beside the database, DATABASE.lock, for every lock of every
 * connection: one connection at a time, so that a program could not read beside its own open transaction. Here a guest's
 * connections share files by SQLite's ordinary rules (readers beside a writer, one writer), which the VFS "unix" knows for one
 * process by itself: its locks in the kernel are left out. The directory is there while any of them holds a lock,
 * and keeps other guests out as before. Where it cannot be made since nothing can be written there, there are readers alone.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As SQLite has them where the C library has none. */
#define LOCK_ASKED 12
#define LOCK_SET   13
#define LOCK_FREE  2

/* A database that is open, once for all its connections. */
typedef struct database {
    struct database *next;
    int files;   /* that are open */
    int holders; /* of them, those that hold a lock */
    bool made;   /* the directory, by us */
    char lock[]; /* its path */
} database;

/* A file: ours, and behind it that of the VFS "unix". */
typedef struct file {
    sqlite3_file base;
    database *of; /* NULL: no database, and no locks of ours */
    bool holds;
    _Alignas(8) sqlite3_file real[];
} file;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static database *databases;

#define REAL(f) (((file *)(f))->real)

static database *find_database(const char *path)
{
    size_t size = strlen(path);
    database *found = databases;

    while (found &&
           (strncmp(found->lock, path, size) != 0 || strcmp(found->lock + size, ".lock") != 0))
        found = found->next;
    if (!found) {
        found = calloc(1, sizeof *found + size + sizeof ".lock");
        if (!found)
            return NULL;
        memcpy(found->lock, path, size);
        strcpy(found->lock + size, ".lock");
        found->next = databases;
        databases = found;
    }
    found->files++;
    return found;
}

static void leave_database(database *left)
{
    database **at = &databases;

    if (--left->files > 0)
        return;
    while (*at != left)
        at = &(*at)->next;
    *at = left->next;
    free(left);
}

/* The first lock of this guest keeps others out. */
static int hold(file *f)
{
    if (!f->of || f->holds)
        return SQLITE_OK;
    if (f->of->holders == 0) {
        f->of->made = mkdir(f->of->lock, 0777) == 0;
        if (!f->of->made && errno == EEXIST)
            return SQLITE_BUSY;
        if (!f->of->made && errno != EROFS && errno != EACCES && errno != EPERM &&
            errno != ENOTCAPABLE)
            return SQLITE_IOERR_LOCK;
    }
    f->of->holders++;
    f->holds = true;
    return SQLITE_OK;
}

static void let_go(file *f)
{
    if (!f->holds)
        return;
    f->holds = false;
    if (--f->of->holders == 0 && f->of->made)
        rmdir(f->of->lock);
}

static int lock_file(sqlite3_file *base, int level)
{
    file *f = (file *)base;
    int status = hold(f);

    if (status == SQLITE_OK)
        status = f->real->pMethods->xLock(f->real, level);
    return status;
}

static int unlock_file(sqlite3_file *base, int level)
{
    file *f = (file *)base;
    int status = f->real->pMethods->xUnlock(f->real, level);

    if (level == SQLITE_LOCK_NONE)
        let_go(f);
    return status;
}

static int close_file(sqlite3_file *base)
{
    file *f = (file *)base;
    int status = f->real->pMethods->xClose(f->real);

    let_go(f);
    if (f->of)
        leave_database(f->of);
    return status;
}

static int read_file(sqlite3_file *f, void *into, int size, sqlite3_int64 at)
{
    return REAL(f)->pMethods->xRead(REAL(f), into, size, at);
}

static int write_file(sqlite3_file *f, const void *from, int size, sqlite3_int64 at)
{
    return REAL(f)->pMethods->xWrite(REAL(f), from, size, at);
}

static int truncate_file(sqlite3_file *f, sqlite3_int64 size)
{
    return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int sync_file(sqlite3_file *f, int how)
{
    return REAL(f)->pMethods->xSync(REAL(f), how);
}

static int size_file(sqlite3_file *f, sqlite3_int64 *size)
{
    return REAL(f)->pMethods->xFileSize(REAL(f), size);
}

static int check_reserved(sqlite3_file *f, int *reserved)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), reserved);
}

static int control_file(sqlite3_file *f, int operation, void *argument)
{
    return REAL(f)->pMethods->xFileControl(REAL(f), operation, argument);
}

static int sector_size(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int device(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device,
};

static int open_file(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *got)
{
    file *f = (file *)base;
    int status;

    f->base.pMethods = NULL;
    f->of = NULL;
    f->holds = false;
    status = real_vfs->xOpen(real_vfs, path, f->real, flags, got);
    if (status != SQLITE_OK)
        return status;
    if (path && (flags & SQLITE_OPEN_MAIN_DB)) {
        f->of = find_database(path);
        if (!f->of) {
            f->real->pMethods->xClose(f->real);
            return SQLITE_NOMEM;
        }
    }
    f->base.pMethods = &methods;
    return SQLITE_OK;
}

/* In the place of fcntl: a lock of the kernel's is always free. */
static int control(int fd, int operation, ...)
{
    va_list arguments;
    int result = 0;

    va_start(arguments, operation);
    if (operation == LOCK_ASKED)
        va_arg(arguments, struct flock *)->l_type = LOCK_FREE;
    else if (operation != LOCK_SET)
        result = fcntl(fd, operation, va_arg(arguments, int));
    va_end(arguments);
    return result;
}

/* `WHERE name = "x"` is a string where there is no such column, as everywhere where SQLite is built with its defaults. */
static int take_double_quotes(sqlite3 *connection, const char **error,
                              const struct sqlite3_api_routines *routines)
{
    (void)error;
    (void)routines;
    if (sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 1, NULL) != SQLITE_OK)
        return SQLITE_ERROR;
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 1, NULL);
}

int sqlite_init(void)
{
    if (sqlite3_initialize() != SQLITE_OK ||
        sqlite3_auto_extension((void (*)(void))take_double_quotes) != SQLITE_OK ||
        !(real_vfs = sqlite3_vfs_find("unix")) ||
        real_vfs->xSetSystemCall(real_vfs, "fcntl", (sqlite3_syscall_ptr)control) != SQLITE_OK) {
        PyErr_SetString(PyExc_SystemError, "SQLite cannot start");
        return -1;
    }
    vfs = *real_vfs;
    vfs.zName = "belljar";
    vfs.szOsFile = (int)sizeof(file) + real_vfs->szOsFile;
    vfs.xOpen = open_file;
    sqlite3_vfs_register(&vfs, 1);
    return 0;
}

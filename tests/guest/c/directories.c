/*
 * directories.c: path_create_directory, path_remove_directory, path_rename, path_unlink_file, fd_readdir.
 */
#include "check.h"

#include <dirent.h>

static int count_names(int dir, const char *name, const char *wanted)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY), count = 0, found = 0;
    DIR *listing = fdopendir(fd);
    CHECK(fd >= 0 && listing);
    for (struct dirent *each; (each = readdir(listing)) != NULL;)
        if (strcmp(each->d_name, ".") != 0 && strcmp(each->d_name, "..") != 0) {
            count++;
            found += wanted && strcmp(each->d_name, wanted) == 0;
        }
    CHECK(closedir(listing) == 0);
    CHECK(!wanted || found == 1);
    return count;
}

static void making_and_removing(int dir)
{
    CHECK(mkdirat(dir, "made", 0755) == 0);
    FAILS(mkdirat(dir, "made", 0755), EEXIST);
    FAILS(mkdirat(dir, "seed", 0755), EEXIST);
    FAILS(mkdirat(dir, "none/made", 0755), ENOENT);
    CHECK(mkdirat(dir, "made/in", 0755) == 0);
    FAILS(unlinkat(dir, "made", AT_REMOVEDIR), ENOTEMPTY);
    FAILS(unlinkat(dir, "made", 0), EISDIR);
    FAILS(unlinkat(dir, "seed", AT_REMOVEDIR), ENOTDIR);
    FAILS(unlinkat(dir, "missing", 0), ENOENT);
    CHECK(unlinkat(dir, "made/in", AT_REMOVEDIR) == 0 && unlinkat(dir, "made", AT_REMOVEDIR) == 0);
    FAILS(unlinkat(dir, "folder", AT_REMOVEDIR), ENOTEMPTY);
}

static void renaming(int dir)
{
    put(dir, "a", "a");
    put(dir, "b", "b");
    CHECK(renameat(dir, "a", dir, "b") == 0 && holds(dir, "b", "a"));
    FAILS(renameat(dir, "a", dir, "c"), ENOENT);
    FAILS(renameat(dir, "b", dir, "folder"), EISDIR);
    FAILS(renameat(dir, "folder", dir, "b"), ENOTDIR);
    FAILS(renameat(dir, "folder", dir, "folder/below"), EINVAL);
    CHECK(renameat(dir, "folder", dir, "moved") == 0 && holds(dir, "moved/inner", "inner text"));
    CHECK(count_names(dir, "moved", "inner") == 1);
    FAILS(openat(dir, "folder/inner", O_RDONLY), ENOENT);
    CHECK(mkdirat(dir, "folder", 0755) == 0 && count_names(dir, "folder", NULL) == 0);
    CHECK(renameat(dir, "moved", dir, "folder") == 0 && holds(dir, "folder/inner", "inner text"));
}

static void a_removed_file_lives_while_it_is_open(int dir)
{
    char bytes[16];
    int fd = openat(dir, "seed", O_RDWR);
    CHECK(fd >= 0 && unlinkat(dir, "seed", 0) == 0);
    FAILS(openat(dir, "seed", O_RDONLY), ENOENT);
    CHECK(read(fd, bytes, 16) == 11 && pwrite(fd, "S", 1, 0) == 1 && pread(fd, bytes, 1, 0) == 1);
    CHECK(bytes[0] == 'S' && close(fd) == 0);
    put(dir, "seed", "seeded text");
}

static void listing_many(int dir)
{
    char name[32];
    CHECK(mkdirat(dir, "many", 0755) == 0);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "many/name-%d", i);
        put(dir, name, "");
    }
    CHECK(count_names(dir, "many", "name-321") == 500);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "many/name-%d", i);
        CHECK(unlinkat(dir, name, 0) == 0);
    }
    CHECK(count_names(dir, "many", NULL) == 0 && unlinkat(dir, "many", AT_REMOVEDIR) == 0);
}

/* What stays is listed once, whatever goes while the listing goes on. */
static void listing_while_removing(int dir)
{
    char name[64];
    int left = 200, seen = 0;
    CHECK(mkdirat(dir, "some", 0755) == 0);
    for (int i = 0; i < left; i++) {
        snprintf(name, sizeof name, "some/%d", i);
        put(dir, name, "");
    }
    DIR *listing = fdopendir(openat(dir, "some", O_RDONLY | O_DIRECTORY));
    CHECK(listing);
    for (struct dirent *each; (each = readdir(listing)) != NULL;) {
        if (each->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "some/%s", each->d_name);
        CHECK(unlinkat(dir, name, 0) == 0);
        seen++;
    }
    CHECK(closedir(listing) == 0 && seen == left && unlinkat(dir, "some", AT_REMOVEDIR) == 0);
}

int main(int argc, char **argv)
{
    int dir = begin(argc, argv);
    making_and_removing(dir);
    renaming(dir);
    a_removed_file_lives_while_it_is_open(dir);
    listing_many(dir);
    listing_while_removing(dir);
    return 0;
}

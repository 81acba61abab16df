/*
 * links.c: path_link, path_symlink, path_readlink, and links on the way to files.
 */
#include "check.h"

static void symbolic(int dir)
{
    char text[64];
    struct stat st;
    CHECK(symlinkat("seed", dir, "link") == 0 && holds(dir, "link", "seeded text"));
    CHECK(readlinkat(dir, "link", text, sizeof text) == 4 && memcmp(text, "seed", 4) == 0);
    CHECK(readlinkat(dir, "link", text, 2) == 2);
    FAILS(readlinkat(dir, "seed", text, sizeof text), EINVAL);
    FAILS(symlinkat("x", dir, "link"), EEXIST);
    FAILS(openat(dir, "link", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
    CHECK(fstatat(dir, "link", &st, 0) == 0 && S_ISREG(st.st_mode) && st.st_size == 11);
    CHECK(symlinkat("folder", dir, "way") == 0 && holds(dir, "way/inner", "inner text"));
    CHECK(symlinkat("loop", dir, "loop") == 0);
    FAILS(openat(dir, "loop", O_RDONLY), ELOOP);
    CHECK(symlinkat("nowhere", dir, "dangles") == 0);
    FAILS(openat(dir, "dangles", O_RDONLY), ENOENT);
    CHECK(unlinkat(dir, "way", 0) == 0 && holds(dir, "folder/inner", "inner text"));
    CHECK(unlinkat(dir, "link", 0) == 0 && holds(dir, "seed", "seeded text"));
    /* Nothing leads out, whatever it says. */
    CHECK(symlinkat("/etc/passwd", dir, "out") < 0);
    if (symlinkat("../../etc/passwd", dir, "up") == 0)
        CHECK(openat(dir, "up", O_RDONLY) < 0);
}

static void hard(int dir)
{
    struct stat st;
    put(dir, "one", "text");
    CHECK(linkat(dir, "one", dir, "two", 0) == 0 && fstatat(dir, "two", &st, 0) == 0);
    CHECK(st.st_nlink == 2);
    put(dir, "two", "changed");
    CHECK(holds(dir, "one", "changed"));
    FAILS(linkat(dir, "one", dir, "two", 0), EEXIST);
    FAILS(linkat(dir, "missing", dir, "three", 0), ENOENT);
    CHECK(linkat(dir, "folder", dir, "three", 0) < 0);
    CHECK(unlinkat(dir, "one", 0) == 0 && holds(dir, "two", "changed"));
    CHECK(fstatat(dir, "two", &st, 0) == 0 && st.st_nlink == 1);
}

int main(int argc, char **argv)
{
    int dir = begin(argc, argv);
    symbolic(dir);
    hard(dir);
    return 0;
}

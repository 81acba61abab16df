/*
 * key.c: see key.h.
 */
#include "key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES sizeof((snapshot_key *)NULL)->bytes

/* How many bytes came, at most `room`; -1 and errno. */
static ssize_t read_all(int fd, char *bytes, size_t room)
{
    size_t size = 0;
    while (size < room) {
        const ssize_t got = read(fd, bytes + size, room - size);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        size += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)size;
}

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* As it stands, or as hexadecimal digits. False: neither. */
static bool take(snapshot_key *key, const char *text, size_t size)
{
    if (size == KEY_BYTES) {
        memcpy(key->bytes, text, size);
        return true;
    }
    if (size != 2 * KEY_BYTES && !(size == 2 * KEY_BYTES + 1 && text[size - 1] == '\n'))
        return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        if (!isxdigit((unsigned char)text[2 * i]) || !isxdigit((unsigned char)text[2 * i + 1]))
            return false;
        key->bytes[i] = (unsigned char)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    }
    return true;
}

int key_read(snapshot_key *key, const char *path)
{
    char text[2 * KEY_BYTES + 2]; /* one more than a key takes */
    struct stat info;
    if (path == NULL)
        return CLI_OK;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) < 0) {
        const int status = cli_error("--key-file: cannot open %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return status;
    }
    const ssize_t size = read_all(fd, text, sizeof text);
    close(fd);
    key->given = size > 0 && take(key, text, (size_t)size);
    explicit_bzero(text, sizeof text);
    if (size < 0)
        return cli_error("--key-file: cannot read %s: %s", path, strerror(errno));
    if (!key->given)
        return cli_error("--key-file: %s is no key: 32 random bytes, or 64 hexadecimal digits; "
                         "'head -c 32 /dev/urandom' makes one",
                         path);
    if (S_ISREG(info.st_mode) && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return cli_error("--key-file: others may read or write %s: chmod 600 it", path);
    return CLI_OK;
}

void key_clear(snapshot_key *key)
{
    explicit_bzero(key, sizeof *key);
}

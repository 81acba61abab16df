/*
 * replay.c: runs a fuzz target on files, or on all files of folders, where there is no fuzzer: what the corpora
 * hold is tested in every build.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned count;

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "r");
    HOLD(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size ? size : 1);
    HOLD(bytes && fread(bytes, 1, size, file) == size);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    count++;
}

static void replay(const char *path)
{
    struct stat st;
    char below[4096];
    HOLD(stat(path, &st) == 0);
    if (!S_ISDIR(st.st_mode)) {
        replay_file(path);
        return;
    }
    DIR *directory = opendir(path);
    HOLD(directory);
    for (struct dirent *each; (each = readdir(directory)) != NULL;)
        if (each->d_name[0] != '.') {
            snprintf(below, sizeof below, "%s/%s", path, each->d_name);
            replay(below);
        }
    closedir(directory);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}

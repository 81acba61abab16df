/* program.c: what the programs of all toolchains do (run.py says what it is), as C has it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_named(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static const char *names(const char *path)
{
    static char all[200];
    struct dirent **entries;
    int count = scandir(path, &entries, is_named, by_name);
    all[0] = 0;
    for (int i = 0; i < count; i++)
        strcat(strcat(all, i ? " " : ""), entries[i]->d_name);
    return all;
}

static int get(const char *path, char text[100])
{
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    text[fread(text, 1, 99, file)] = 0;
    return fclose(file) == 0;
}

static int put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

static const char *truth(int value)
{
    return value ? "true" : "false";
}

int main(int argc, char **argv)
{
    char text[100] = "";
    struct stat st;
    for (int i = 1; i < argc; i++)
        printf("%s%s", argv[i], i + 1 < argc ? " " : "\n");
    printf("%s\n", getenv("NAME"));
    printf("%s\n", names("/data"));
    int read = get("/data/sub/b.txt", text);
    printf("%s %s\n", text, truth(read));
    printf("refused %s\n", truth(!put("/data/a.txt", "changed")));
    int made = put("made", "by a relative name");
    get("/work/made", text);
    printf("%s %s\n", text, truth(made));
    printf("missing %s\n", truth(stat("missing", &st) < 0 && errno == ENOENT));
    made = mkdir("folder", 0755) == 0 && rename("made", "folder/moved") == 0;
    printf("%s %s\n", names("folder"), truth(made));
    printf("outside %s\n", truth(stat("/data/../../etc/passwd", &st) < 0));
    return 7;
}

/*
 * module.c: the arguments of `belljar run -m MODULE`.
 *
 * A directory is named there for the module to work on, as a file is named for `run` to read: naming it grants it, but for what
 * stands after `--`, which nobody looks at.
 */
#include "module.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The length of an argument that is the name of an entry of the working directory, 0 if it is another path. */
static int plain_name(const char *argument)
{
    size_t length = strcspn(argument, "/");
    bool is_last = argument[length + strspn(argument + length, "/")] == '\0';
    bool is_dots = strncmp(argument, "..", length) == 0;
    return is_last && !is_dots ? (int)length : 0;
}

/* Shows it where the guest works. A plain name means the same there, and stays as it is: it may be no path at all but a word
 * that a directory happens to be named by (`build`). Of any other the argument becomes its name there. */
static int show(cli_grants *grants, char **argument)
{
    cli_autofree char *path = realpath(*argument, NULL);
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    cli_autofree char *guest = NULL;
    int plain = plain_name(*argument);
    if (slash == NULL || (plain > 0 ? asprintf(&guest, "/work/%.*s", plain, *argument)
                                    : asprintf(&guest, "/work%s", slash)) < 0)
        return cli_error("out of memory");
    if (slash[1] == '\0')
        return cli_error(
            "-m: the root directory is not shown by its name alone; grant what is needed of "
            "it with --dir");
    if (grants_show_dir(grants, path, guest, BJ_OVERLAY) < 0)
        return CLI_FAILED;
    if (plain > 0)
        return CLI_OK;
    *argument = grants_in_guest(grants, path);
    return *argument != NULL ? CLI_OK : cli_error("out of memory");
}

static void remove_argument(cli_operands *operands, int at)
{
    char **argument = &operands->rest[at];
    operands->rest_count--;
    memmove(argument, argument + 1, (size_t)(operands->rest_count - at) * sizeof *argument);
}

int module_arguments(cli_grants *grants, cli_operands *operands)
{
    for (int i = 0; i < operands->rest_count; i++) {
        char **argument = &operands->rest[i];
        if ((*argument)[0] == '-') {
            if (strcmp(*argument, "--") == 0)
                remove_argument(operands, i);
            break;
        }
        char *inside = grants_in_guest(grants, *argument);
        if (inside != NULL)
            *argument = inside;
        else if (is_directory(*argument) && show(grants, argument) != CLI_OK)
            return CLI_FAILED;
    }
    return CLI_OK;
}

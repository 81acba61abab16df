/*
 * commands.c: the commands of a session's prompt.
 *
 * What they tell goes to stdout where it was asked for (:files, :limits, :help). That something was done is
 * said to a person only.
 */
#include "commands.h"

#include "json.h"
#include "options.h"
#include "suggest.h"
#include "values.h"

/* ------------------------------------------------------------------ states */

/* "12.3 MiB differ from a fresh start", as one number. */
static values_text size_of(const bj_snapshot *snapshot)
{
    cli_autostring char *text = bj_snapshot_describe(snapshot);
    json_auto *object = text != NULL ? json_read(text) : NULL;
    return values_format(BJ_UNIT_BYTES, json_count_at(object, "changed_bytes") +
                                            json_count_at(object, "file_bytes"));
}

static int list_snapshots(const states *s)
{
    for (size_t i = 0; i < s->count; i++) {
        printf("%-10s ", size_of(s->kept[i].snapshot).text);
        cli_put_text(stdout, s->kept[i].name);
        putchar('\n');
    }
    printf("%-10s %s\n", "0 bytes", STATES_START);
    return cli_flush();
}

static int snapshot(session *s, const char *name)
{
    bj_error err;
    if (name[0] == '\0')
        return list_snapshots(&s->states);
    if (strcmp(name, STATES_START) == 0 || strcmp(name, STATES_LAST) == 0)
        return cli_error("'%s' is kept by the session itself; choose another name", name);
    if (states_keep(&s->states, name, &err) < 0)
        return cli_library_error(&err);
    if (prompt_has_person(&s->prompt))
        cli_note("snapshot '%s': %s", name, size_of(states_find(&s->states, name)).text);
    return CLI_OK;
}

/* After a change of states: what goes on is another one. */
static int moved(session *s, int status, const char *what, const char *where)
{
    if (status != CLI_OK)
        return status;
    session_moved(s);
    if (prompt_has_person(&s->prompt))
        cli_note("%s%s", what, where);
    return CLI_OK;
}

static int rewind_to(session *s, const char *name)
{
    if (name[0] == '\0')
        name = STATES_LAST;
    return moved(s, states_rewind(&s->states, name), "back at ", name);
}

static int fork_session(session *s, const char *operand)
{
    return moved(s, states_fork(&s->states), "this is a twin; ':back' returns from it", operand);
}

static int back(session *s, const char *operand)
{
    return moved(s, states_back(&s->states), "this is the one before again", operand);
}

/* "~/" is the shell's, which has not seen this path. */
static char *expand_path(const char *path)
{
    const char *home = getenv("HOME");
    char *expanded = NULL;
    bool is_home = home != NULL && strncmp(path, "~/", 2) == 0;
    int status = asprintf(&expanded, "%s%s", is_home ? home : "", is_home ? path + 1 : path);
    return status < 0 ? NULL : expanded;
}

static int save(session *s, const char *operand)
{
    cli_autofree char *path = expand_path(operand);
    if (path == NULL)
        return cli_error("out of memory");
    int status = guest_save(&s->job->guest, path);
    if (status == CLI_OK && prompt_has_person(&s->prompt))
        cli_note("saved to %s", path);
    return status;
}

static int load(session *s, const char *operand)
{
    cli_autofree char *path = expand_path(operand);
    if (path == NULL)
        return cli_error("out of memory");
    return moved(s, states_load(&s->states, path), "going on from ", path);
}

/* ------------------------------------------------------------------ questions */

static const char *name_type(const bj_file_change *change)
{
    switch (change->type) {
    case BJ_DIRECTORY:
        return "directory";
    case BJ_SYMLINK:
        return "link";
    case BJ_FILE:
    case BJ_OTHER:
        break;
    }
    return "file";
}

static int files(session *s, const char *operand)
{
    (void)operand;
    bj_error err;
    bj_changes *changes = bj_sandbox_changes(s->job->guest.box, "/", &err);
    if (changes == NULL)
        return cli_library_error(&err);
    bj_file_change change = {.size = sizeof change};
    for (size_t i = 0; bj_changes_get(changes, i, &change); i++) {
        bool sized = change.type == BJ_FILE && change.kind != BJ_DELETED;
        printf("%-8s  %-9s  %10s  ", bj_change_kind_name(change.kind), name_type(&change),
               sized ? values_format(BJ_UNIT_BYTES, change.bytes).text : "");
        cli_put_text(stdout, change.path);
        putchar('\n');
    }
    if (bj_changes_has_more(changes))
        cli_note("there are more changes than are listed");
    if (bj_changes_count(changes) == 0 && prompt_has_person(&s->prompt))
        cli_note("no file was changed");
    bj_changes_delete(changes);
    return cli_flush();
}

/* What the last input used of the limit with this index of cli_limits. */
static values_text format_used(const bj_usage *used, size_t limit)
{
    switch (limit) {
    case CLI_LIMIT_wall_ms:
        return values_format_ns(used->wall_ns - used->queued_ns);
    case CLI_LIMIT_cpu_ms:
        return values_format_ns(used->cpu_ns);
    case CLI_LIMIT_fuel:
        if (used->fuel_known)
            return values_format(BJ_UNIT_COUNT, used->fuel);
        break;
    case CLI_LIMIT_memory_bytes:
        return values_format(BJ_UNIT_BYTES, used->memory_peak_bytes);
    case CLI_LIMIT_output_bytes:
        return values_format(BJ_UNIT_BYTES, used->output_bytes);
    case CLI_LIMIT_host_calls:
        return values_format(BJ_UNIT_COUNT, used->host_calls);
    case CLI_LIMIT_file_bytes:
        return values_format(BJ_UNIT_BYTES, used->file_bytes_written);
    default:
        break;
    }
    return (values_text){"-"};
}

static int limits(session *s, const char *operand)
{
    (void)operand;
    const bj_policy *policy = s->job->guest.policy;
    const uint64_t allowed[CLI_LIMIT_COUNT] = {
#define LIMIT_VALUE(field, name, unit, default_, least, most, help) policy->field,
        BJ_LIMITS(LIMIT_VALUE)
#undef LIMIT_VALUE
    };
    printf("%-14s  %15s  %15s\n", "limit", "allowed", "last input used");
    for (size_t i = 0; i < CLI_LIMIT_COUNT; i++) {
        const bool counted = i != CLI_LIMIT_fuel || allowed[i] != 0;
        const bool limited = i != CLI_LIMIT_cpu_ms || allowed[i] != 0;
        printf("%-14s  %15s  %15s\n", cli_limits[i].name,
               !counted   ? "not counted"
               : !limited ? "not limited"
                          : values_format(cli_limits[i].unit, allowed[i]).text,
               s->has_used ? format_used(&s->used, i).text : "-");
    }
    return cli_flush();
}

static int help(session *s, const char *operand)
{
    (void)s;
    (void)operand;
    for (const prompt_command *c = prompt_commands; c->name != NULL; c++)
        printf("%-9s %-6s  %s\n", c->name, c->operand != NULL ? c->operand : "", c->help);
    return cli_flush();
}

static int quit(session *s, const char *operand)
{
    (void)operand;
    session_finish(s);
    return s->status;
}

/* ------------------------------------------------------------------ the table */

const prompt_command prompt_commands[] = {
    {":snapshot", "[NAME]", OPERAND_NAME, snapshot,
     "keep the state under a name; without one, list what is kept"},
    {":rewind", "[NAME]", OPERAND_NAME, rewind_to,
     "go back to a snapshot; 'last' (or none) is before the last input, 'start' the beginning"},
    {":fork", NULL, OPERAND_NONE, fork_session, "go on in a twin, and keep the one before"},
    {":back", NULL, OPERAND_NONE, back, "return from a twin, which is gone then"},
    {":save", "FILE", OPERAND_FILE, save, "write a snapshot to a file"},
    {":load", "FILE", OPERAND_FILE, load, "go on from the snapshot in a file"},
    {":files", NULL, OPERAND_NONE, files, "what has become of files so far"},
    {":limits", NULL, OPERAND_NONE, limits, "each limit, and what the last input used of it"},
    {":help", NULL, OPERAND_NONE, help, "this list"},
    {":quit", NULL, OPERAND_NONE, quit, "end the session, as Ctrl-D does"},
    {.name = NULL},
};

/* NULL after a message. */
static const prompt_command *find(const char *name)
{
    suggestion near = {.word = name};
    for (const prompt_command *c = prompt_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
        suggest_offer(&near, c->name);
    }
    if (near.best != NULL)
        cli_error("there is no command '%s'; did you mean '%s'?", name, near.best);
    else
        cli_error("there is no command '%s'; ':help' lists them", name);
    return NULL;
}

static bool fits(const prompt_command *command, const char *operand)
{
    switch (command->kind) {
    case OPERAND_NONE:
        return operand[0] == '\0';
    case OPERAND_NAME:
        return strpbrk(operand, " \t") == NULL;
    case OPERAND_FILE:
        break;
    }
    return operand[0] != '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

int commands_run(session *s, char *line)
{
    for (size_t end = strlen(line); end > 0 && is_blank(line[end - 1]); end--)
        line[end - 1] = '\0';
    char *operand = line + strcspn(line, " \t");
    while (is_blank(*operand))
        *operand++ = '\0';
    const prompt_command *command = find(line);
    if (command == NULL)
        return CLI_FAILED;
    if (!fits(command, operand))
        return cli_error("%s wants %s", line,
                         command->operand != NULL ? command->operand : "nothing behind it");
    return command->run(s, operand);
}

/* ------------------------------------------------------------------ completion */

static prompt_tab offer_names(const states *s, prompt_offer *offer, void *to)
{
    offer(to, STATES_START);
    for (size_t i = 0; i < s->count; i++)
        offer(to, s->kept[i].name);
    return PROMPT_TAB_WORD;
}

prompt_tab commands_complete(void *user, const char *typed, size_t size, prompt_offer *offer,
                             void *to)
{
    const session *s = user;
    if (s->continuing || size == 0 || typed[0] != ':')
        return PROMPT_TAB_INDENTS;
    size_t length = strcspn(typed, " ");
    for (const prompt_command *c = prompt_commands; c->name != NULL; c++) {
        if (length == size)
            offer(to, c->name);
        else if (strlen(c->name) != length || strncmp(c->name, typed, length) != 0)
            continue;
        else if (c->kind == OPERAND_FILE)
            return PROMPT_TAB_FILE;
        else if (c->kind == OPERAND_NAME)
            return offer_names(&s->states, offer, to);
    }
    return PROMPT_TAB_WORD;
}

/*
 * states.c: snapshots by name and forks in a row.
 *
 * A guest has one sandbox at a time; a fork puts it aside and gives the guest the twin. Snapshots belong to
 * the session, not to one of its sandboxes: all of them are twins, or were loaded for the same runtime.
 */
#include "states.h"

#include "suggest.h"

static void kept_free(kept_state *k)
{
    free(k->name);
    bj_snapshot_delete(k->snapshot);
}

void states_clear(states *s)
{
    for (size_t i = 0; i < s->count; i++)
        kept_free(&s->kept[i]);
    for (size_t i = 0; i < s->depth; i++)
        bj_sandbox_delete(s->below[i]);
    free(s->kept);
    free(s->below);
    *s = (states){.guest = s->guest};
}

/* Room for one more. -1 without memory. */
static int grow(void *array_pointer, size_t count, size_t size)
{
    void **array = array_pointer;
    void *larger = reallocarray(*array, count + 1, size);
    if (larger == NULL)
        return -1;
    *array = larger;
    return 0;
}

static int out_of_memory(bj_error *err)
{
    *err = (bj_error){.code = BJ_ERROR_MEMORY, .message = "out of memory"};
    return -1;
}

static void forget(states *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->kept[i].name, name) != 0)
            continue;
        kept_free(&s->kept[i]);
        memmove(&s->kept[i], &s->kept[i + 1], (s->count - i - 1) * sizeof *s->kept);
        s->count--;
        return;
    }
}

int states_keep(states *s, const char *name, bj_error *err)
{
    if (grow(&s->kept, s->count, sizeof *s->kept) < 0)
        return out_of_memory(err);
    kept_state new = {.name = strdup(name)};
    if (new.name == NULL)
        return out_of_memory(err);
    new.snapshot = bj_sandbox_snapshot(s->guest->box, err);
    if (new.snapshot == NULL) {
        kept_free(&new);
        return -1;
    }
    forget(s, name);
    s->kept[s->count++] = new;
    return 0;
}

bj_snapshot *states_find(const states *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->kept[i].name, name) == 0)
            return s->kept[i].snapshot;
    }
    return NULL;
}

const char *states_nearest(const states *s)
{
    if (s->count == 0)
        return STATES_START;
    return states_find(s, STATES_LAST) != NULL ? STATES_LAST : s->kept[s->count - 1].name;
}

static int unknown_name(const states *s, const char *name)
{
    suggestion near = {.word = name};
    suggest_offer(&near, STATES_START);
    for (size_t i = 0; i < s->count; i++)
        suggest_offer(&near, s->kept[i].name);
    if (strcmp(name, STATES_LAST) == 0)
        return cli_error("no snapshot 'last' is kept; --undo on keeps one before each input");
    if (near.best != NULL)
        return cli_error("there is no snapshot '%s'; did you mean '%s'?", name, near.best);
    return cli_error("there is no snapshot '%s'; ':snapshot' lists them", name);
}

int states_rewind(states *s, const char *name)
{
    if (strcmp(name, STATES_START) == 0)
        return guest_renew(s->guest);
    bj_snapshot *snapshot = states_find(s, name);
    if (snapshot == NULL)
        return unknown_name(s, name);
    bj_error err;
    return bj_sandbox_rewind(s->guest->box, snapshot, &err) == 0 ? CLI_OK : cli_library_error(&err);
}

int states_fork(states *s)
{
    bj_error err;
    if (grow(&s->below, s->depth, sizeof *s->below) < 0)
        return cli_error("out of memory");
    bj_sandbox *twin = bj_sandbox_fork(s->guest->box, &err);
    if (twin == NULL)
        return cli_library_error(&err);
    s->below[s->depth++] = s->guest->box;
    s->guest->box = twin;
    return CLI_OK;
}

int states_back(states *s)
{
    if (s->depth == 0)
        return cli_error("nothing was forked, so there is nothing to return to");
    bj_sandbox_delete(s->guest->box);
    s->guest->box = s->below[--s->depth];
    return CLI_OK;
}

int states_load(states *s, const char *path)
{
    bj_snapshot *snapshot;
    int status = guest_load(s->guest, path, &snapshot);
    if (status != CLI_OK)
        return status;
    status = guest_spawn(s->guest, snapshot);
    bj_snapshot_delete(snapshot);
    return status;
}

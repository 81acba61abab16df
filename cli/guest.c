/*
 * guest.c: opening, running and closing a guest through belljar.h.
 */
#include "guest.h"

#include "signals.h"

static bj_runtime *open_runtime(const guest *g, bj_error *err)
{
    const cli_source *source = g->source;
    if (source->language->runtime != NULL)
        return bj_runtime_open(g->engine, source->language->runtime, err);
    return bj_runtime_from_bytes(g->engine, source->bytes, source->size, source->name, err);
}

/* A fault of our own interpreter's module is Belljar's failure, not the user's. */
static int runtime_error(const guest *g, const bj_error *err)
{
    int status = cli_library_error(err);
    return g->source->language->runtime != NULL ? CLI_FAILED : status;
}

/* Beside memory and files: what a snapshot says of them. */
#define SNAPSHOT_BYTES ((uint64_t)64 << 20)

/* Ctrl-C and SIGTERM end a save or a load. */
static bool is_stopped(void *unused)
{
    (void)unused;
    return signals_caught() != 0;
}

static bj_snapshot_file_options file_options(const guest *g)
{
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.key = g->key.given ? g->key.bytes : NULL;
    options.key_size = sizeof g->key.bytes;
    /* Files in memory are kept in pieces, which may take twice what they hold. */
    options.most_bytes = 2 * g->policy->memory_bytes + SNAPSHOT_BYTES;
    options.stops = is_stopped;
    return options;
}

int guest_load(const guest *g, const char *path, bj_snapshot **snapshot)
{
    bj_error err;
    const bj_snapshot_file_options options = file_options(g);
    signals_begin(NULL);
    *snapshot = bj_snapshot_load_with(g->runtime, path, &options, &err);
    signals_end();
    return *snapshot != NULL ? CLI_OK : cli_library_error(&err);
}

int guest_open(guest *g, const machine_options *machine, const char *from)
{
    bj_error err;
    g->engine = machine_start(machine, &err);
    if (g->engine == NULL)
        return cli_library_error(&err);
    g->runtime = open_runtime(g, &err);
    if (g->runtime == NULL)
        return runtime_error(g, &err);
    if (g->source->language->runtime == NULL &&
        bj_runtime_get_kind(g->runtime) == BJ_RUNTIME_INTERPRETER) {
        cli_error("%s is an interpreter: it takes source and does not run by itself; use --lang",
                  g->source->name);
        return CLI_NOT_RUNNABLE;
    }
    int status = from != NULL ? guest_load(g, from, &g->from) : CLI_OK;
    return status == CLI_OK ? guest_renew(g) : status;
}

static int replace(guest *g, bj_sandbox *box, const bj_error *err)
{
    if (box == NULL)
        return runtime_error(g, err);
    bj_sandbox_delete(g->box);
    g->box = box;
    return CLI_OK;
}

int guest_renew(guest *g)
{
    if (g->from != NULL)
        return guest_spawn(g, g->from);
    bj_error err;
    bj_sandbox *box = bj_sandbox_new(g->runtime, g->policy, &err);
    return replace(g, box, &err);
}

int guest_spawn(guest *g, bj_snapshot *snapshot)
{
    bj_error err;
    bj_sandbox *box = bj_snapshot_spawn_as(snapshot, g->policy, g->spawn_flags, &err);
    return replace(g, box, &err);
}

int guest_save(guest *g, const char *path)
{
    bj_error err;
    const bj_snapshot_file_options options = file_options(g);
    bj_snapshot *snapshot = bj_sandbox_snapshot(g->box, &err);
    signals_begin(NULL);
    bool saved = snapshot != NULL && bj_snapshot_save_with(snapshot, path, &options, &err) == 0;
    signals_end();
    bj_snapshot_delete(snapshot);
    if (!saved)
        cli_library_error(&err);
    return saved ? CLI_OK : CLI_FAILED;
}

static void begin(guest *g)
{
    stream_begin(&g->out, g->box, g->policy->wall_ms);
    signals_begin(g->box);
}

static void end(guest *g)
{
    stream_end(&g->out);
    g->signal = signals_caught();
    signals_end();
    g->out.box = NULL;
}

bj_receipt *guest_eval(guest *g, const char *source, size_t size, unsigned flags, bj_error *err)
{
    begin(g);
    bj_receipt *receipt = bj_sandbox_eval_as(g->box, source, size, flags, err);
    end(g);
    return receipt;
}

bj_receipt *guest_run(guest *g, bj_error *err)
{
    const cli_source *source = g->source;
    if (source->language->runtime != NULL)
        return guest_eval(g, source->bytes, source->size, source->flags, err);
    begin(g);
    bj_receipt *receipt = bj_sandbox_run(g->box, err);
    end(g);
    return receipt;
}

/* The process ends next, and the kernel takes all of it back at once: a millisecond of six is not spent on taking it
 * apart. Who looks for leaks wants to see that it can be. */
#if defined(__SANITIZE_ADDRESS__)
#define TAKE_APART true
#elif defined(__has_feature)
#define TAKE_APART __has_feature(address_sanitizer)
#else
#define TAKE_APART false
#endif

void guest_close(guest *g)
{
    if (TAKE_APART) {
        bj_sandbox_delete(g->box);
        bj_snapshot_delete(g->from);
        bj_runtime_delete(g->runtime);
        bj_engine_delete(g->engine);
    }
    key_clear(&g->key);
    *g = (guest){.box = NULL};
}

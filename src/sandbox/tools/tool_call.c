/*
 * tool_call.c: one call of a tool.
 *
 * Two hold it: the sandbox that waits, and whoever will answer. It goes with the second of them, so that an answer
 * may come when nobody waits any more. The waiting one has itself woken by a function of the embedder's, or sleeps on an
 * eventfd beside its deadline and interrupts; an answer that was given before the tool's function returned costs none of
 * that. The function is called under the lock: nobody is woken who has looked again or gone.
 */
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../guest/belljar_guest.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "sandbox/tools/tools.h"
#include "sandbox/values/tagged.h"
#include "wasi/wait.h"

#define ERROR_TEXT_MOST 65536u

struct tool_account {
    atomic_uint references;
    atomic_uint_fast64_t open;
};

struct bj_tool_call {
    sandbox_tool *tool;    /* with a reference */
    tool_account *account; /* the same */
    uint64_t tag;
    bj_buffer arguments;
    blob_list blobs;      /* beside them */
    pthread_mutex_t lock; /* for what follows */
    unsigned holders;
    bool wanted, answered, raised;
    uint64_t answered_ns; /* when */
    bj_wake_fn wake;      /* of who waits; NULL: nobody is to be woken */
    void *wake_user;
    int wake_fd; /* eventfd of who sleeps, or -1 */
    bj_buffer text, message;
    blob_list result_blobs;
};

/* ---------------------------------------------------------------- accounts */

tool_account *tool_account_new(void)
{
    tool_account *account = calloc(1, sizeof *account);
    if (account)
        atomic_init(&account->references, 1);
    return account;
}

void tool_account_release(tool_account *account)
{
    if (account && atomic_fetch_sub(&account->references, 1) == 1)
        free(account);
}

uint64_t tool_account_open(const tool_account *account)
{
    return atomic_load(&account->open);
}

/* ---------------------------------------------------------------- a call */

bj_tool_call *tool_call_new(sandbox_tool *tool, bj_span arguments, blob_list *blobs,
                            tool_account *account, uint64_t tag)
{
    bj_tool_call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    pthread_mutex_init(&call->lock, NULL);
    policy_tool_retain(&tool->base);
    call->tool = tool;
    atomic_fetch_add(&account->references, 1);
    call->account = account;
    call->tag = tag;
    call->holders = 1;
    call->wanted = true;
    call->wake_fd = -1;
    if (bj_buffer_append(&call->arguments, arguments.data, arguments.size) < 0) {
        tool_call_abandon(call);
        return NULL;
    }
    call->blobs = *blobs;
    *blobs = (blob_list){0};
    return call;
}

static void free_call(bj_tool_call *call)
{
    if (call->wake_fd >= 0)
        close(call->wake_fd);
    pthread_mutex_destroy(&call->lock);
    bj_buffer_free(&call->arguments);
    blob_list_clear(&call->blobs);
    blob_list_clear(&call->result_blobs);
    bj_buffer_free(&call->text);
    bj_buffer_free(&call->message);
    policy_tool_release(&call->tool->base);
    tool_account_release(call->account);
    free(call);
}

/* `lock` is held, and let go. */
static void let_go(bj_tool_call *call)
{
    const bool last = --call->holders == 0;
    pthread_mutex_unlock(&call->lock);
    if (last)
        free_call(call);
}

/* ---------------------------------------------------------------- the waiting side */

void tool_call_abandon(bj_tool_call *call)
{
    pthread_mutex_lock(&call->lock);
    call->wanted = false;
    call->wake = NULL;
    let_go(call);
}

void tool_call_make(bj_tool_call *call)
{
    const bj_tool *tool = &call->tool->tool;
    call->holders++; /* nobody else knows it yet */
    atomic_fetch_add(&call->account->open, 1);
    tool->call(tool->user, call);
}

tool_answer tool_call_watch(bj_tool_call *call, bj_wake_fn wake, void *user)
{
    pthread_mutex_lock(&call->lock);
    const tool_answer now = !call->answered ? TOOL_UNANSWERED
                            : call->raised  ? TOOL_RAISED
                                            : TOOL_RETURNED;
    call->wake = now == TOOL_UNANSWERED ? wake : NULL;
    call->wake_user = user;
    pthread_mutex_unlock(&call->lock);
    return now;
}

tool_answer tool_call_look(bj_tool_call *call)
{
    return tool_call_watch(call, NULL, NULL);
}

uint64_t tool_call_answered_ns(bj_tool_call *call)
{
    pthread_mutex_lock(&call->lock);
    const uint64_t when_ns = call->answered ? call->answered_ns : UINT64_MAX;
    pthread_mutex_unlock(&call->lock);
    return when_ns;
}

/* The descriptor to wait for an answer on; *answered: there is one already. -1: the host has none left. */
static int prepare_wait(bj_tool_call *call, bool *answered)
{
    pthread_mutex_lock(&call->lock);
    *answered = call->answered;
    if (!call->answered && call->wake_fd < 0)
        call->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const int fd = call->wake_fd;
    pthread_mutex_unlock(&call->lock);
    return fd;
}

#define SLICE_NS 10000000u

void tool_call_await(bj_tool_call *call, wasi_context *wasi, uint64_t until_ns)
{
    for (;;) {
        bool answered;
        const int fd = prepare_wait(call, &answered);
        const uint64_t now_ns = bj_clock_monotonic_ns();
        if (answered || now_ns >= until_ns)
            return;
        uint64_t end_ns = until_ns;
        if (fd < 0 && end_ns - now_ns > SLICE_NS)
            end_ns = now_ns + SLICE_NS;
        if (wasi_wait(wasi, fd, end_ns) == WASI_WAITED_STOP)
            return;
    }
}

const bj_tool *tool_call_tool(const bj_tool_call *call)
{
    return &call->tool->tool;
}

bj_buffer tool_call_take_text(bj_tool_call *call)
{
    bj_buffer text = call->text;
    call->text = (bj_buffer){0};
    return text;
}

const blob_list *tool_call_blobs(const bj_tool_call *call)
{
    return &call->blobs;
}

blob_list tool_call_take_blobs(bj_tool_call *call)
{
    blob_list blobs = call->result_blobs;
    call->result_blobs = (blob_list){0};
    return blobs;
}

const char *tool_call_message(const bj_tool_call *call)
{
    return bj_buffer_text(&call->message);
}

/* ---------------------------------------------------------------- the tool's side */

BJ_API const char *bj_tool_call_name(const bj_tool_call *call)
{
    return call->tool->tool.name;
}

BJ_API uint64_t bj_tool_call_tag(const bj_tool_call *call)
{
    return call->tag;
}

BJ_API const char *bj_tool_call_arguments(const bj_tool_call *call, size_t *size)
{
    if (size)
        *size = call->arguments.size;
    return bj_buffer_text(&call->arguments);
}

BJ_API size_t bj_tool_call_blob_count(const bj_tool_call *call)
{
    return call->blobs.count;
}

BJ_API bool bj_tool_call_blob(const bj_tool_call *call, size_t number, bj_blob *blob)
{
    return blob_list_get(&call->blobs, number, blob);
}

BJ_API bool bj_tool_call_is_wanted(const bj_tool_call *call)
{
    bj_tool_call *self = (bj_tool_call *)call;
    pthread_mutex_lock(&self->lock);
    const bool wanted = self->wanted;
    pthread_mutex_unlock(&self->lock);
    return wanted;
}

/* Hands in an answer, all of which is taken, and the tool's hold on the call. */
static void answer(bj_tool_call *call, bool raised, bj_buffer text, blob_list blobs,
                   bj_buffer message)
{
    const uint64_t one = 1;
    atomic_fetch_sub(&call->account->open, 1);
    pthread_mutex_lock(&call->lock);
    if (call->wanted) {
        call->answered = true;
        call->answered_ns = bj_clock_monotonic_ns();
        call->raised = raised;
        call->text = text;
        call->message = message;
        call->result_blobs = blobs;
        text = message = (bj_buffer){0};
        blobs = (blob_list){0};
        if (call->wake_fd >= 0)
            (void)!write(call->wake_fd, &one, sizeof one);
        if (call->wake)
            call->wake(call->wake_user);
    }
    let_go(call);
    blob_list_clear(&blobs);
    bj_buffer_free(&text);
    bj_buffer_free(&message);
}

static int append_clean(bj_buffer *out, const char *text)
{
    return bj_utf8_sanitize(out, (bj_span){text, strnlen(text, ERROR_TEXT_MOST)});
}

int tool_error_text(bj_buffer *out, const char *type, const char *message)
{
    bj_autobuffer bj_buffer clean_type = {0}, clean_message = {0};
    if (append_clean(&clean_type, type) < 0 || append_clean(&clean_message, message) < 0)
        return -1;
    json_t *object = json_pack("{ss ss}", "type", bj_buffer_text(&clean_type), "message",
                               bj_buffer_text(&clean_message));
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    const int status = text ? bj_buffer_append(out, text, strlen(text)) : -1;
    free(text);
    return status;
}

BJ_API void bj_tool_call_raise(bj_tool_call *call, const char *type, const char *message)
{
    bj_buffer text = {0}, told = {0};
    const char *const what = type && *type ? type : "Error", *const why = message ? message : "";
    /* Out of memory: the guest takes an empty text, which its side knows as an error without words. */
    if (tool_error_text(&text, what, why) < 0)
        bj_buffer_free(&text);
    if (append_clean(&told, what) < 0 || bj_buffer_append(&told, ": ", 2) < 0 ||
        append_clean(&told, why) < 0)
        bj_buffer_free(&told);
    answer(call, true, text, (blob_list){0}, told);
}

/* The result as guests take it. */
static bool read_result(const bj_tool *tool, bj_span json, size_t blobs, bj_buffer *text, char *why,
                        size_t room)
{
    policy_work work = policy_work_unlimited(); /* as many steps as bytes */
    if (!tool->rich && !tool->blobs)
        return tagged_write(json, text, &work, why, room);
    if (!tagged_read(json, blobs, NULL, NULL, NULL, &work, why, room))
        return false;
    if (bj_buffer_append(text, json.data, json.size) == 0)
        return true;
    snprintf(why, room, "the host has no memory for it");
    return false;
}

/* Their sum with the text's; UINT64_MAX: they are more than a text can name. */
static uint64_t size_of_result(size_t size, const bj_blob *blobs, size_t count)
{
    uint64_t bytes = size;
    for (size_t i = 0; count <= BELLJAR_BLOBS_MOST && i < count; i++)
        bytes = blobs[i].bytes > UINT64_MAX - bytes ? UINT64_MAX : bytes + blobs[i].bytes;
    return count <= BELLJAR_BLOBS_MOST ? bytes : UINT64_MAX;
}

BJ_API void bj_tool_call_return_with(bj_tool_call *call, const char *json, size_t size,
                                     const bj_blob *blobs, size_t count)
{
    const bj_tool *tool = &call->tool->tool;
    const uint64_t bytes = size_of_result(size, blobs, count);
    char why[160], message[256];
    bj_autobuffer bj_buffer text = {0};
    bj_autoblobs blob_list copies = {0};
    if (bytes > tool->most_bytes) {
        snprintf(message, sizeof message,
                 "its result has %" PRIu64 " bytes, more than the tool may answer", bytes);
        bj_tool_call_raise(call, "ResultError", message);
    } else if (!read_result(tool, (bj_span){json, size}, tool->blobs ? count : 0, &text, why,
                            sizeof why)) {
        snprintf(message, sizeof message, "its result is no JSON: %s", why);
        bj_tool_call_raise(call, "ResultError", message);
    } else if (tool->blobs && blob_list_copy(&copies, blobs, count) < 0) {
        bj_tool_call_raise(call, "MemoryError", "the host has no memory for the result");
    } else {
        answer(call, false, text, copies, (bj_buffer){0});
        text = (bj_buffer){0};
        copies = (blob_list){0};
    }
}

BJ_API void bj_tool_call_return(bj_tool_call *call, const char *json, size_t size)
{
    bj_tool_call_return_with(call, json, size, NULL, 0);
}

/*
 * digest.c: what a run of a deterministic sandbox was and did, as one number.
 *
 * SHA-256 over, each with its size before it: the module's digest, the source, the outcome with exit code,
 * error and limit, value and text, what was written to stdout and stderr, what became of files, what was denied,
 * what tools were called with (all of it, also what the receipt cuts), what was shown, the bytes beside values, and all of the usage. Equal digests say that two runs were
 * the same as far as receipts tell: a text that a receipt cuts is cut here, too.
 */
#include <stdio.h>
#include <string.h>

#include "sandbox/receipt/receipt.h"

static void add(bj_sha256_state *state, const void *bytes, uint64_t size)
{
    uint8_t packed[8];
    for (size_t i = 0; i < sizeof packed; i++)
        packed[i] = (uint8_t)(size >> 8 * i);
    bj_sha256_add(state, packed, sizeof packed);
    if (size > 0)
        bj_sha256_add(state, bytes, (size_t)size);
}

static void add_number(bj_sha256_state *state, uint64_t number)
{
    uint8_t packed[8];
    for (size_t i = 0; i < sizeof packed; i++)
        packed[i] = (uint8_t)(number >> 8 * i);
    add(state, packed, sizeof packed);
}

static void add_text(bj_sha256_state *state, const char *text)
{
    add(state, text ? text : "", text ? strlen(text) : 0);
}

static void add_buffer(bj_sha256_state *state, const bj_buffer *buffer)
{
    add(state, buffer->data, buffer->size);
}

static void add_end(bj_sha256_state *state, const bj_receipt *receipt)
{
    add_number(state, receipt->outcome);
    add_number(state, (uint64_t)(uint32_t)receipt->exit_code);
    add_buffer(state, &receipt->error_type);
    add_buffer(state, &receipt->error_message);
    add_buffer(state, &receipt->error_traceback);
    add_text(state, bj_receipt_limit_name(receipt));
    add_number(state, receipt->has_limit ? receipt->limit_allowed : 0);
    add_number(state, receipt->has_limit ? receipt->limit_used : 0);
    add_buffer(state, &receipt->value);
    add_buffer(state, &receipt->repr);
    add_buffer(state, &receipt->output[0]);
    add_buffer(state, &receipt->output[1]);
}

static void add_files(bj_sha256_state *state, const bj_receipt *receipt)
{
    add_number(state, receipt->changes.count);
    for (size_t i = 0; i < receipt->changes.count; i++) {
        const vfs_change *each = &receipt->changes.items[i];
        add_text(state, each->path);
        add_number(state, each->kind);
        add_number(state, each->type);
        add_number(state, each->size);
        add_text(state, each->has_digest ? each->digest_hex : "");
    }
    for (size_t i = 0; i < RECEIPT_PART_COUNT; i++)
        add_number(state, receipt->unfinished.why[i]);
    add_number(state, receipt->denials.count);
    for (size_t i = 0; i < receipt->denials.count; i++) {
        add_text(state, receipt->denials.items[i].call);
        add_text(state, receipt->denials.items[i].path);
        add_text(state, receipt->denials.items[i].reason);
        add_number(state, receipt->denials.items[i].times);
    }
}

static void add_tools(bj_sha256_state *state, const tool_uses *uses)
{
    add_number(state, uses->count);
    add_number(state, uses->more);
    for (size_t i = 0; i < uses->count; i++) {
        const tool_use *each = &uses->items[i];
        add_text(state, each->name);
        add_number(state, each->outcome);
        add_buffer(state, &each->message);
        add_buffer(state, &each->arguments);
        add(state, each->arguments_digest.bytes, sizeof each->arguments_digest.bytes);
        if (each->argument_blobs.size + each->result_blobs.size > 0) {
            add_buffer(state, &each->argument_blobs);
            add_buffer(state, &each->result_blobs);
        }
        add_number(state, each->arguments_bytes);
        add_number(state, each->result_bytes);
    }
}

static void add_displays(bj_sha256_state *state, const displays *all)
{
    add_number(state, all->count);
    add_number(state, all->more);
    for (size_t i = 0; i < all->count; i++) {
        const display *each = &all->items[i];
        add_text(state, each->bytes.data);
        add_number(state, each->count);
        for (size_t j = 0; j < each->count; j++) {
            add_text(state, each->bytes.data + each->forms[j].type);
            add(state, each->bytes.data + each->forms[j].data, each->forms[j].size);
        }
    }
}

/* Nothing where there are none: the value's text says how many it has. */
static void add_blobs(bj_sha256_state *state, const bj_receipt *receipt,
                      const receipt_inputs *inputs)
{
    for (size_t i = 0; i < receipt->blobs.count; i++)
        add_buffer(state, &receipt->blobs.items[i]);
    for (size_t i = 0; i < inputs->attached_count; i++)
        add(state, inputs->attached[i].data, inputs->attached[i].bytes);
}

static void add_usage(bj_sha256_state *state, const bj_usage *usage)
{
    add_number(state, usage->fuel);
    add_number(state, usage->wall_ns);
    add_number(state, usage->memory_peak_bytes);
    add_number(state, usage->output_bytes);
    add_number(state, usage->host_calls);
    add_number(state, usage->file_bytes_written);
}

void receipt_set_digest(bj_receipt *receipt, const receipt_inputs *inputs)
{
    bj_sha256_state state;
    char hex[BJ_SHA256_HEX];
    bj_sha256_begin(&state);
    add(&state, inputs->module.bytes, sizeof inputs->module.bytes);
    add(&state, inputs->source.data, inputs->source.size);
    add_end(&state, receipt);
    add_files(&state, receipt);
    add_tools(&state, &receipt->tool_uses);
    add_displays(&state, &receipt->displays);
    add_blobs(&state, receipt, inputs);
    add_usage(&state, &receipt->usage);
    const bj_sha256 digest = bj_sha256_end(&state);
    bj_sha256_hex(&digest, hex);
    snprintf(receipt->digest, sizeof receipt->digest, "sha256:%s", hex);
}

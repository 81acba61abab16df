/*
 * fuzz_way.c: the whole way of a session: evals, their receipts, the receipts as JSON, a snapshot, its file, and the
 * sandbox that goes on from it. The input is a program of evals, then edits of the file's body, which is packed again with a right digest.
 *
 * A receipt is JSON that says what the functions say; what was saved goes on as what it was saved of; and
 * what was edited is refused, or it is a guest like any other: it ends within its limits, and its receipts are as good.
 */
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/sha256.h"
#include "belljar.h"
#include "fuzz.h"

#define EVALS_MOST   12u
#define EDITS_MOST   16u
#define HEADER_BYTES 84u
#define PROOF_AT     52u
#define BODY_MOST    ((size_t)16 << 20)

static const char setup[] =
    "let state = [], kept = new Map(), std, os;"
    "import('std').then(m => { std = m }); import('os').then(m => { os = m })";

/* With two numbers of the input's choice. */
static const char *const snippets[] = {
    "state.push(%u, 'text %u')",
    "{ let f = std.open('f%u', 'w'); f.puts('x'.repeat(%u * 100)); f.close() } std.loadFile('f1')",
    "globalThis.open%u = std.open('held%u', 'w+'); open%1$u.puts('kept'); open%1$u.flush()",
    "[os.mkdir('d%u'), os.remove('f%u'), os.rename('f%1$u', 'd%2$u/moved')]",
    "[os.symlink('../f%u', 'l%u'), os.readdir('.'), os.remove('d%1$u')]",
    "std.out.puts('\\u001b[31m%u\\0\\ud800 %u\\n'); std.err.puts('\\xff\\xfe'); Math.random()",
    "kept.set(%u, new Uint8Array(%u * 4096).fill(7)); [...kept.keys()]",
    "throw new RangeError('%u \\ud83d ' + 'long '.repeat(%u))",
    "({a: [%u, %u, 1e308, -0, null, true, '\\u2028\\u0000'], b: {c: state.length}})",
    "JSON.parse('[' + '['.repeat(%u) + ']'.repeat(%u) + ']')",
    "for (let i = 0; ; i++) state[i %% 100] = [%u, %u, i]",
    "std.exit(%u %% 2 + %u %% 2)",
    "std.setenv('V%u', 'v%u'); [std.getenviron(), scriptArgs]",
};

static bj_runtime *runtime;
static char folder[64], path[96];

static void clear_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void begin(void)
{
    bj_error err = {0};
    bj_engine *engine = bj_engine_new(NULL, &err);
    runtime = engine ? bj_runtime_open(engine, "javascript", &err) : NULL;
    if (!runtime)
        fprintf(stderr, "%s: BELLJAR_GUESTS says where the guests are\n", err.message);
    HOLD(runtime);
    snprintf(folder, sizeof folder, "/tmp/belljar-way-XXXXXX");
    HOLD(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    atexit(clear_folder);
}

static bj_policy policy_of(fuzz_input *in)
{
    bj_policy policy;
    bj_policy_init(&policy);
    const unsigned flags = fuzz_byte(in);
    policy.wall_ms = 5000;
    policy.fuel = 20000000;
    policy.memory_bytes = 32 << 20;
    policy.output_bytes = 4096;
    policy.files = flags & 1 ? 4 : 100;
    policy.file_bytes = flags & 2 ? 1000 : 1 << 20;
    policy.descriptors = flags & 4 ? 8 : 64;
    policy.deterministic = flags & 8;
    if (flags & 16)
        HOLD(bj_policy_grant_env(&policy, "GRANTED", "by the maker", NULL) == 0);
    return policy;
}

/* ---- Receipts. ---- */

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    HOLD(text);
    return text;
}

static void check_changes(const bj_receipt *receipt, const json_t *told)
{
    const json_t *files = json_object_get(told, "files");
    const size_t count = bj_receipt_change_count(receipt), listed = json_array_size(files);
    HOLD(listed == count || json_is_true(json_object_get(told, "files_truncated")));
    for (size_t i = 0; i < listed; i++) {
        bj_file_change change = {.size = sizeof change};
        const json_t *file = json_array_get(files, i);
        HOLD(bj_receipt_change(receipt, i, &change));
        HOLD(change.path[0] == '/');
        HOLD(strcmp(text_in(file, "change"), bj_change_kind_name(change.kind)) == 0);
        HOLD((uint64_t)json_integer_value(json_object_get(file, "size")) == change.bytes);
    }
}

/* The receipt's JSON says what its functions say. It is deleted; its value to be freed, or NULL. */
static char *check_receipt(bj_receipt *receipt)
{
    size_t size;
    json_error_t error;
    char *text = bj_receipt_describe(receipt);
    HOLD(text);
    json_t *told = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    HOLD(told);
    HOLD(strcmp(text_in(told, "outcome"), bj_outcome_name(bj_receipt_outcome(receipt))) == 0);
    check_changes(receipt, told);
    const char *value = bj_receipt_value(receipt, &size);
    if (value) {
        json_t *parsed = json_loadb(value, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
        HOLD(parsed && json_equal(parsed, json_object_get(told, "value")));
        json_decref(parsed);
    }
    char *copy = value ? strdup(value) : NULL;
    json_decref(told);
    bj_free(text);
    bj_receipt_delete(receipt);
    return copy;
}

/* NULL: there is no value. */
static char *eval(bj_sandbox *box, const char *source, size_t size)
{
    bj_error err = {0};
    bj_receipt *receipt = bj_sandbox_eval(box, source, size, &err);
    HOLD(receipt || err.code == BJ_ERROR_ENDED || err.code == BJ_ERROR_GUEST);
    return receipt ? check_receipt(receipt) : NULL;
}

/* One eval of the input's choice: a source as it stands there, or a snippet. */
static void eval_next(bj_sandbox *box, fuzz_input *in)
{
    char source[512];
    const unsigned which = fuzz_byte(in);
    const size_t count = sizeof snippets / sizeof *snippets;
    if (which % (count + 2) < count) {
        const unsigned first = fuzz_byte(in), second = fuzz_byte(in);
        snprintf(source, sizeof source, snippets[which % (count + 2)], first, second);
        free(eval(box, source, strlen(source)));
        return;
    }
    size_t size = fuzz_byte(in);
    if (size > (size_t)(in->end - in->at))
        size = (size_t)(in->end - in->at);
    free(eval(box, (const char *)in->at, size));
    in->at += size;
}

/* ---- The file. ---- */

static const char probe[] =
    "[state.length, [...kept.keys()], JSON.stringify(state).length, os.readdir('.')[0].sort(),"
    " Object.keys(globalThis).sort()]";

/* What was saved is what is loaded. */
static void check_saved(bj_sandbox *box, const bj_policy *policy, const void *key)
{
    bj_error err;
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.key = key;
    options.key_size = 32;
    bj_snapshot *loaded = bj_snapshot_load_with(runtime, path, &options, &err);
    HOLD(loaded);
    char *text = bj_snapshot_describe(loaded);
    HOLD(text);
    bj_free(text);
    bj_sandbox *again = bj_snapshot_spawn(loaded, policy, &err);
    if (!again)
        fprintf(stderr, "%s\n", err.message);
    HOLD(again);
    char *expected = eval(box, probe, sizeof probe - 1),
         *found = eval(again, probe, sizeof probe - 1);
    HOLD((expected == NULL) == (found == NULL));
    HOLD(!expected || strcmp(expected, found) == 0);
    free(expected);
    free(found);
    HOLD(bj_snapshot_save_with(loaded, path, &options, &err) == 0);
    bj_sandbox_delete(again);
    bj_snapshot_delete(loaded);
}

static uint8_t *read_file(size_t *size)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    HOLD(fd >= 0 && fstat(fd, &st) == 0);
    *size = (size_t)st.st_size;
    uint8_t *bytes = malloc(*size);
    HOLD(bytes && read(fd, bytes, *size) == st.st_size && *size > HEADER_BYTES);
    close(fd);
    return bytes;
}

/* The header, with a new size and a new digest, and the body packed again. */
static void write_file(const uint8_t *header, const uint8_t *body, size_t size)
{
    const size_t room = HEADER_BYTES + ZSTD_compressBound(size);
    uint8_t *bytes = malloc(room);
    HOLD(bytes);
    const size_t packed = ZSTD_compress(bytes + HEADER_BYTES, room - HEADER_BYTES, body, size, 1);
    HOLD(!ZSTD_isError(packed));
    memcpy(bytes, header, HEADER_BYTES);
    for (unsigned i = 0; i < 8; i++)
        bytes[PROOF_AT - 8 + i] = (uint8_t)((uint64_t)size >> 8 * i);
    const bj_sha256 digest = bj_sha256_of(bytes + HEADER_BYTES, packed);
    memcpy(bytes + PROOF_AT, digest.bytes, sizeof digest.bytes);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    HOLD(fd >= 0 && write(fd, bytes, HEADER_BYTES + packed) == (ssize_t)(HEADER_BYTES + packed));
    close(fd);
    free(bytes);
}

/* Changes bytes of the body, most of them where the parts that say how much there is are: at its ends. */
static void edit_body(fuzz_input *in, uint8_t *body, size_t *size)
{
    for (unsigned i = 0; i < EDITS_MOST && !fuzz_done(in) && *size > 0; i++) {
        const unsigned how = fuzz_byte(in);
        size_t at = (size_t)fuzz_number(in, how & 1 ? 4 : 2) % *size;
        if (how & 2)
            at = *size - 1 - at;
        if ((how & 12) == 12)
            *size = at;
        else
            body[at] ^= fuzz_byte(in);
    }
}

static void go_on_from_edited(const bj_policy *policy, fuzz_input *in)
{
    bj_error err = {0};
    bj_snapshot *loaded = bj_snapshot_load(runtime, path, 64 << 20, &err);
    HOLD(loaded || err.code == BJ_ERROR_MODULE);
    if (!loaded)
        return;
    bj_sandbox *box = bj_snapshot_spawn(loaded, policy, &err);
    if (box) {
        free(eval(box, probe, sizeof probe - 1));
        eval_next(box, in);
        bj_snapshot *again = bj_sandbox_snapshot(box, &err);
        bj_snapshot_delete(again);
        bj_sandbox_delete(box);
    }
    bj_snapshot_delete(loaded);
}

static void edit_file(const bj_policy *policy, fuzz_input *in)
{
    size_t size;
    uint8_t *file = read_file(&size), *body = malloc(BODY_MOST);
    HOLD(body);
    size_t body_size = ZSTD_decompress(body, BODY_MOST, file + HEADER_BYTES, size - HEADER_BYTES);
    if (!ZSTD_isError(body_size)) {
        edit_body(in, body, &body_size);
        write_file(file, body, body_size);
        go_on_from_edited(policy, in);
    }
    free(body);
    free(file);
}

/* With a key any change is found. */
static void edit_sealed(const void *key, fuzz_input *in)
{
    size_t size;
    bj_error err;
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.key = key;
    options.key_size = 32;
    uint8_t *file = read_file(&size);
    const size_t at = (size_t)fuzz_number(in, 4) % size;
    file[at] ^= (uint8_t)(1u << fuzz_byte(in) % 8);
    const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    HOLD(fd >= 0 && write(fd, file, size) == (ssize_t)size);
    close(fd);
    free(file);
    HOLD(!bj_snapshot_load_with(runtime, path, &options, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    bj_error err;
    if (!runtime)
        begin();
    bj_policy policy = policy_of(&in);
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, &err);
    HOLD(box);
    free(eval(box, setup, sizeof setup - 1));
    const unsigned evals = fuzz_byte(&in) % EVALS_MOST;
    for (unsigned i = 0; i < evals && !bj_sandbox_has_ended(box); i++)
        eval_next(box, &in);
    const bool sealed = fuzz_byte(&in) & 1;
    static const uint8_t key[32] = "known to everybody who reads it";
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.key = sealed ? key : NULL;
    options.key_size = sizeof key;
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    if (snapshot) {
        HOLD(bj_snapshot_save_with(snapshot, path, &options, &err) == 0);
        check_saved(box, &policy, options.key);
        if (sealed)
            edit_sealed(key, &in);
        else
            edit_file(&policy, &in);
    }
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    return 0;
}

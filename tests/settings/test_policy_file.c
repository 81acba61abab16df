/*
 * test_policy_file.c: policies from TOML and JSON: what is read, what is refused with its place, and in words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belljar.h"

#include "sandbox/values/schema.h"
#include "unit.h"

static int read_text(bj_policy *policy, const char *text, size_t size, bj_policy_format format,
                     bj_error *err)
{
    return bj_policy_read(policy, text, size, format, "p", "/folder", err);
}

/* A policy that was read from text; a test clears it. */
static bj_policy read_good(const char *text, bj_policy_format format)
{
    bj_policy policy;
    bj_error err = {0};
    bj_policy_init(&policy);
    if (read_text(&policy, text, strlen(text), format, &err) < 0)
        fail_msg("%s\n%s", text, err.message);
    return policy;
}

/* The text is refused with this message, and the policy is as it was. */
static void expect_refused(const char *text, size_t size, bj_policy_format format,
                           const char *message)
{
    bj_policy policy, before;
    bj_error err = {0};
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_env(&policy, "KEPT", "1", &err), 0);
    before = policy;
    if (read_text(&policy, text, size, format, &err) == 0)
        fail_msg("%.200s was read", text);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    if (strncmp(err.message, message, strlen(message)) != 0)
        fail_msg("%.200s\nsays:  %s\nwants: %s", text, err.message, message);
    assert_memory_equal(&policy, &before, sizeof policy);
    bj_policy_clear(&policy);
}

static void refused(const char *text, const char *message)
{
    expect_refused(text, strlen(text), BJ_POLICY_TOML, message);
}

static void refused_json(const char *text, const char *message)
{
    expect_refused(text, strlen(text), BJ_POLICY_JSON, message);
}

/* What a policy says in words holds this. */
static void explains(const bj_policy *policy, const char *words)
{
    char *text = bj_policy_explain(policy);
    assert_non_null(text);
    if (!strstr(text, words))
        fail_msg("'%s' is not in:\n%s", words, text);
    bj_free(text);
}

static const char whole[] = "seed = 7\n"
                            "devices = true\n"
                            "exceptions = true\n"
                            "preset = \"strict\"\n"
                            "[limits]\n"
                            "timeout = \"1.5s\"\n"
                            "memory = \"64M\"\n"
                            "files = 12\n"
                            "fuel = \"10G\"\n"
                            "[mounts]\n"
                            "\"/data\" = \"data\"\n"
                            "\"/abs\" = { host = \"/usr\", mode = \"rw\" }\n"
                            "\"/src\" = { host = \".\", mode = \"overlay\" }\n"
                            "\"/tmp\" = { memory = \"16M\" }\n"
                            "\"/lib/x\" = { archive = \"x.whl\" }\n"
                            "[env]\n"
                            "LANG = \"C\"\n"
                            "EMPTY = \"\"\n";

static void toml(void **state)
{
    (void)state;
    bj_policy policy = read_good(whole, BJ_POLICY_TOML);
    assert_int_equal(policy.wall_ms, 1500);
    assert_int_equal(policy.memory_bytes, 64 << 20);
    assert_int_equal(policy.files, 12);
    assert_int_equal(policy.fuel, UINT64_C(10000000000));
    assert_int_equal(policy.cpu_ms, 2000); /* the preset's, though it stands behind */
    assert_true(policy.deterministic);
    assert_int_equal(policy.seed, 7);
    static const bj_mount mounts[] = {
        {sizeof(bj_mount), "/data", "/folder/data", 0, BJ_MOUNT_DIR, BJ_READ_ONLY},
        {sizeof(bj_mount), "/abs", "/usr", 0, BJ_MOUNT_DIR, BJ_READ_WRITE},
        {sizeof(bj_mount), "/src", "/folder", 0, BJ_MOUNT_DIR, BJ_OVERLAY},
        {sizeof(bj_mount), "/tmp", NULL, 16 << 20, BJ_MOUNT_TMP, BJ_READ_ONLY},
        {sizeof(bj_mount), "/lib/x", "/folder/x.whl", 0, BJ_MOUNT_ARCHIVE, BJ_READ_ONLY},
    };
    bj_mount got = {.size = sizeof got};
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        assert_true(bj_policy_mount(&policy, i, &got));
        assert_int_equal(got.kind, mounts[i].kind);
        assert_string_equal(got.guest, mounts[i].guest);
        assert_string_equal(got.host ? got.host : "-", mounts[i].host ? mounts[i].host : "-");
        if (got.kind == BJ_MOUNT_DIR)
            assert_int_equal(got.mode, mounts[i].mode);
        assert_int_equal(got.bytes, mounts[i].bytes);
    }
    assert_false(bj_policy_mount(&policy, 5, &got));
    explains(&policy, "timeout           1500 ms");
    explains(&policy, "/abs  reads and CHANGES the directory /usr of the host");
    explains(&policy, "Variables: LANG, EMPTY");
    assert_string_equal(bj_policy_env(&policy, 1), "EMPTY=");
    assert_null(bj_policy_env(&policy, 2));
    explains(&policy, "from seed 7");
    bj_policy_clear(&policy);
}

static void json(void **state)
{
    (void)state;
    bj_policy policy = read_good("{\"limits\": {\"timeout\": \"2m\", \"memory\": 1048576},\n"
                                 " \"preset\": \"roomy\", \"$schema\": \"x\",\n"
                                 " \"mounts\": {\"/\\u0064ata\": {\"host\": \"a\\nb\"}}}",
                                 BJ_POLICY_JSON);
    bj_mount got = {.size = sizeof got};
    assert_int_equal(policy.wall_ms, 120000);
    assert_int_equal(policy.memory_bytes, 1 << 20);
    assert_int_equal(policy.descriptors, 1024);
    assert_false(policy.deterministic);
    assert_true(bj_policy_mount(&policy, 0, &got));
    assert_string_equal(got.guest, "/data");
    assert_string_equal(got.host, "/folder/a\nb");
    bj_policy_clear(&policy);
}

/* A file adds grants, changes the limits that it names, and leaves the others. */
static void stands_over(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    policy.memory_bytes = 1 << 20;
    assert_int_equal(bj_policy_grant_env(&policy, "A", "1", &err), 0);
    static const char text[] = "env = {B = \"2\"}\nlimits = {files = 3}";
    assert_int_equal(read_text(&policy, text, sizeof text - 1, BJ_POLICY_TOML, &err), 0);
    assert_int_equal(policy.memory_bytes, 1 << 20);
    assert_int_equal(policy.files, 3);
    explains(&policy, "Variables: A, B");
    assert_int_equal(bj_policy_preset(&policy, "default", &err), 0);
    assert_int_equal(policy.memory_bytes, 256 << 20);
    explains(&policy, "Variables: A, B");
    assert_int_equal(bj_policy_preset(&policy, "Strict", &err), -1);
    assert_int_equal(bj_policy_read(&policy, NULL, 0, BJ_POLICY_TOML, "p", NULL, &err), 0);
    bj_policy_clear(&policy);
}

static void wrong(void **state)
{
    (void)state;
    refused("preset = \"x\"",
            "p:1: preset: no preset has the name 'x'; there are strict, default and roomy");
    refused("preset = 1", "p:1: preset: this must be a text, and is 1");
    refused("\nlimit = {}", "p:2: limit: a policy has no such key; there are preset, limits, ");
    refused("[limits]\n\nmemroy = \"1M\"",
            "p:3: limits.memroy: there is no such limit; there are timeout cpu ");
    refused("[limits]\ntimeout = 2", "p:2: limits.timeout: a time is text with a unit");
    refused("[limits]\ntimeout = \"2\"", "p:2: limits.timeout: a time has a unit");
    refused("[limits]\ntimeout = \"\"", "p:2: limits.timeout: '' is no value such as");
    refused("[limits]\ntimeout = \"0s\"", "p:2: limits.timeout: this may be from 1 ms to 7 d");
    refused("[limits]\nmemory = \"1K\"", "p:2: limits.memory: this may be from 64 KiB to 8 GiB");
    refused("[limits]\nfiles = 1.5",
            "p:2: limits.files: this must be a whole number from 0, and is 1.5");
    refused("[limits]\nfiles = -1",
            "p:2: limits.files: this must be a whole number from 0, and is -1");
    refused("[limits]\nfiles = \"1\\u0000\"", "p:2: limits.files: a text may not contain NUL");
    refused("limits = []", "p:1: limits: this must be a table, and is a list");
    refused("mounts = {data = \".\"}", "p:1: mounts.data: /folder is granted at \"data\"");
    refused("[mounts.\"/x\"]", "p:1: mounts./x: a mount has one of host, memory and archive");
    refused("[mounts]\n\"/x\" = {host = \"a\", memory = 1}", "p:2: mounts./x: a mount has one of");
    refused("[mounts]\n\"/x\" = {memory = 1, mode = \"ro\"}",
            "p:2: mounts.*.mode: only a directory");
    refused("[mounts]\n\"/x\" = {host = \"a\", mode = \"w\"}",
            "p:2: mounts.*.mode: a mode is \"ro\"");
    refused("[mounts]\n\"/x\" = {hots = \"a\"}", "p:2: mounts.*.hots: a mount has no such key");
    refused("[mounts]\n\"/x\" = 1", "p:2: mounts./x: this must be a table, and is 1");
    refused("[mounts]\n\"/x\" = \"\"", "p:2: mounts./x: what is granted needs a path");
    refused("[mounts]\n\"/x\\u0000y\" = \"a\"", "p:2: mounts./x: a path may not contain NUL");
    refused("[env]\n\"A=B\" = \"c\"", "p:2: env.A=B: ");
    refused("env = {A = \"b\\u0000\"}", "p:1: env.A: a text may not contain NUL");
    refused("seed = -1", "p:1: seed: this must be a whole number from 0, and is -1");
    refused("\"seed\\u0000x\" = 1", "p:1: seed: a policy has no such key");
    refused("[limits]\n\"files\\u0000x\" = 1", "p:2: limits.files: there is no such limit");
    refused("devices = 1", "p:1: devices: this must be true or false, and is 1");
    refused("\n\nx =", "p:3: this is not TOML: ");
    refused("a = 1\na = 2", "p:2: this is not TOML: ");
    refused("\"a\\nb\" = 1", "p:1: a?b: a policy has no such key");
    refused_json("", "p:1: this is not JSON: ");
    refused_json("[]", "p:1: a policy is a table");
    refused_json("{\"limits\": {},\n\"limits\": {}}",
                 "p:2: this is not JSON: limits is there twice");
    refused_json("{\"seed\": 1,}", "p:1: this is not JSON: ");
    refused_json("{\"seed\": 1} {}", "p:1: this is not JSON: ");
    refused_json("// x\n{}", "p:1: this is not JSON: ");
    refused_json("{\"seed\": 18446744073709551616}",
                 "p:1: seed: this must be a whole number from 0");
    refused_json("{\"seed\": null}", "p:1: seed: this must be a whole number from 0, and is null");
    expect_refused("a\n\xff", 3, BJ_POLICY_TOML, "p:2: this is not TOML: this is not UTF-8");
}

/* What is long or deep costs what its bytes cost, and is refused. */
static void bombs(void **state)
{
    (void)state;
    enum { MANY = 256 << 10 };
    char *text = malloc(MANY + 1);
    assert_non_null(text);
    memset(text, '[', MANY);
    memcpy(text, "x=", 2);
    expect_refused(text, MANY, BJ_POLICY_TOML, "p:1: this is not TOML: ");
    memset(text, '[', MANY);
    expect_refused(text, MANY, BJ_POLICY_JSON, "p:1: this is not JSON: ");
    memset(text, 'a', MANY);
    for (size_t i = 1; i < MANY; i += 2)
        text[i] = '.';
    expect_refused(text, MANY, BJ_POLICY_TOML, "p:1: this is not TOML: ");
    expect_refused(text, MANY + 1, BJ_POLICY_TOML, "p: a policy has at most 256 KiB");
    free(text);
}

static void files(void **state)
{
    (void)state;
    bj_policy policy;
    bj_error err;
    char folder[] = "/tmp/belljar-policy-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/p.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"mounts\": {\"/d\": \"here\"}}", file);
    fclose(file);
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_load(&policy, path, &err), 0);
    bj_mount got = {.size = sizeof got};
    assert_true(bj_policy_mount(&policy, 0, &got));
    assert_int_equal(strncmp(got.host, folder, strlen(folder)), 0);
    assert_string_equal(got.host + strlen(folder), "/here");
    assert_int_equal(bj_policy_load(&policy, folder, &err), -1);
    assert_non_null(strstr(err.message, "is not a regular file"));
    assert_int_equal(bj_policy_load(&policy, "stric", &err), -1);
    assert_non_null(
        strstr(err.message, "'stric' is neither a preset (strict, default, roomy) nor a file"));
    assert_int_equal(bj_policy_load(&policy, "./nothing.toml", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(bj_policy_load(&policy, "/dev/zero", &err), -1);
    assert_non_null(strstr(err.message, "is not a regular file"));
    /* A pipe that nobody writes to is not an empty policy. */
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(bj_policy_load(&policy, path, &err), -1);
    assert_non_null(strstr(err.message, "is not a regular file"));
    unlink(path);
    snprintf(path, sizeof path, "%s/p.json", folder);
    assert_int_equal(bj_policy_load(&policy, "strict", &err), 0);
    assert_int_equal(policy.wall_ms, 5000);
    /* What a preset sets need not have been in its range; what a file leaves as it was must be. */
    policy.wall_ms = 0;
    assert_int_equal(bj_policy_load(&policy, path, &err), -1);
    assert_non_null(strstr(err.message, "timeout is 0"));
    assert_int_equal(bj_policy_load(&policy, "strict", &err), 0);
    assert_int_equal(policy.wall_ms, 5000);
    const bj_policy never = {.size = 1};
    policy.size = 1;
    assert_int_equal(bj_policy_load(&policy, "strict", &err), -1);
    assert_non_null(strstr(err.message, "set it up first"));
    assert_null(bj_policy_explain(&never));
    policy.size = sizeof policy;
    unlink(path);
    rmdir(folder);
    bj_policy_clear(&policy);
}

static void presets_hold(void **state)
{
    (void)state;
    static const char *const names[] = {"strict", "default", "roomy"};
    for (size_t i = 0; i < 3; i++) {
        bj_policy policy;
        bj_error err;
        bj_policy_init(&policy);
        policy.deterministic = true;
        assert_int_equal(bj_policy_preset(&policy, names[i], &err), 0);
        assert_true(policy.deterministic);
        assert_int_equal(bj_policy_check(&policy, &err), 0);
    }
}

static bool goes_on(void *user, uint64_t cost)
{
    (void)user, (void)cost;
    return true;
}

/* The JSON Schema says of a text what the reader says. */
static void schema(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {
        {"{}", true},
        {"{\"$schema\": \"policy.schema.json\", \"preset\": \"strict\"}", true},
        {"{\"preset\": \"lax\"}", false},
        {"{\"limits\": {\"timeout\": \"1.5s\", \"cpu\": \"1H\", \"fuel\": \"1_000k\", \"memory\": "
         "\"64MiB\"}}",
         true},
        {"{\"limits\": {\"timeout\": \"2\"}}", false},
        {"{\"limits\": {\"timeout\": 2}}", false},
        {"{\"limits\": {\"memory\": 1}}", false},
        {"{\"limits\": {\"memory\": \"1Q\"}}", false},
        {"{\"limits\": {\"memory\": \"65536\"}}", true},
        {"{\"limits\": {\"memory\": \"5Ki\"}}", false},
        {"{\"limits\": {\"memory\": \"5iB\"}}", false},
        {"{\"limits\": {\"files\": 1.5}}", false},
        {"{\"limits\": {\"file\": 1}}", false},
        {"{\"mounts\": {\"/a\": \"x\", \"/b\": {\"host\": \"x\", \"mode\": \"rw\"}, \"/c\": "
         "{\"memory\": \"1M\"},"
         " \"/d\": {\"archive\": \"z\"}}}",
         true},
        {"{\"mounts\": {\"a\": \"x\"}}", false},
        {"{\"mounts\": {\"/a\": {\"host\": \"x\", \"memory\": 1}}}", false},
        {"{\"mounts\": {\"/a\": {\"host\": \"x\", \"mode\": \"w\"}}}", false},
        {"{\"mounts\": {\"/a\": {}}}", false},
        {"{\"env\": {\"A\": \"b\"}, \"devices\": true, \"exceptions\": false, \"seed\": 7}", true},
        {"{\"env\": {\"A\": 1}}", false},
        {"{\"devices\": 1}", false},
        {"{\"seed\": -1}", false},
        {"{\"network\": true}", false},
    };
    char message[128], *text = bj_policy_schema();
    assert_non_null(text);
    bj_schema *made = bj_schema_new(text, strlen(text), message, sizeof message);
    assert_non_null(made);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *json = cases[i].text;
        bj_policy policy;
        bj_error err = {0};
        bj_policy_init(&policy);
        const bool read = read_text(&policy, json, strlen(json), BJ_POLICY_JSON, &err) == 0;
        bj_policy_clear(&policy);
        if (read != cases[i].fits)
            fail_msg("%s is %s", json, read ? "read" : err.message);
        if (bj_schema_check(made, json, strlen(json), true, goes_on, NULL, message,
                            sizeof message) != read)
            fail_msg("the schema says of %s: %s", json, read ? message : "it fits");
    }
    bj_schema_delete(made);
    bj_free(text);
}

static void texts(void **state)
{
    (void)state;
    char out[8];
    assert_string_equal(bj_quantity_format(BJ_UNIT_COUNT, 1234567, out, sizeof out), "1,234,5");
    assert_string_equal(bj_quantity_format(BJ_UNIT_MILLISECONDS, 0, out, sizeof out), "0 ms");
    assert_string_equal(bj_quantity_format(BJ_UNIT_BYTES, 1536, out, sizeof out), "1.5 KiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toml),  cmocka_unit_test(json),         cmocka_unit_test(stands_over),
        cmocka_unit_test(wrong), cmocka_unit_test(bombs),        cmocka_unit_test(files),
        cmocka_unit_test(texts), cmocka_unit_test(presets_hold), cmocka_unit_test(schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

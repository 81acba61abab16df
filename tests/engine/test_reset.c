/*
 * test_reset.c: no byte that one sandbox wrote is there for the next one in the same slot: in the module's image, before it,
 * behind it, and in memory that grew; in a slot that is used often (whose pages the kernel marks as they are written), where
 * userfaultfd is refused, and on both sides of a fork.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "unit.h"

#define PAGE    4096u
#define ROUNDS  12
#define PATTERN 0xb7
/* 1 MiB of the image, from which size on pages are marked, from the third 64 KiB of a memory of twenty on. */
#define IMAGE_AT   (2 * 65536u)
#define IMAGE_SIZE (256 * PAGE)
#define HEAD       "(module (memory (export \"memory\") 20) (data (i32.const 131072) \""
#define TAIL       "\") (func (export \"nothing\")))"

static uint8_t expected(uint64_t offset)
{
    return offset >= IMAGE_AT && offset < IMAGE_AT + IMAGE_SIZE ? 'i' : 0;
}

static engine_module *image_module(harness *h)
{
    bj_error err;
    char *text = malloc(sizeof HEAD + IMAGE_SIZE + sizeof TAIL);
    assert_non_null(text);
    memcpy(text, HEAD, sizeof HEAD - 1);
    memset(text + sizeof HEAD - 1, 'i', IMAGE_SIZE);
    memcpy(text + sizeof HEAD - 1 + IMAGE_SIZE, TAIL, sizeof TAIL);
    engine_module *module = harness_module(h, text, &err);
    free(text);
    assert_non_null(module);
    return module;
}

/* How many bytes are not as in a fresh memory. Then `pages` pages that the seed chooses are written all over. */
static size_t strange_bytes(harness *h, engine_module *module, unsigned seed, unsigned pages)
{
    bj_error err;
    size_t found = 0;
    engine_instance *instance = engine_instance_new(module, &h->budget, h, &err);
    assert_non_null(instance);
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    const engine_memory memory = engine_instance_memory(instance);
    for (uint64_t i = 0; i < memory.size; i++)
        found += memory.base[i] != expected(i);
    for (unsigned i = 0; i < pages; i++) {
        seed = seed * 1103515245 + 12345;
        memset(memory.base + (seed >> 8) % (memory.size / PAGE) * PAGE, PATTERN, PAGE);
    }
    engine_instance_delete(instance);
    return found;
}

static size_t strange_in_rounds(harness *h, engine_module *module)
{
    size_t found = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        found += strange_bytes(h, module, i, i % 3 == 0 ? 1000 : i);
    return found;
}

static void what_was_written_does_not_come_back(void **state)
{
    (void)state;
    harness h;
    harness_begin(&h, "");
    engine_module *module = image_module(&h);
    assert_int_equal(strange_in_rounds(&h, module), 0);
    engine_module_delete(module);
    harness_end(&h);
}

/* The child of a fork has the slot, and not the kernel's marks. */
static void what_was_written_does_not_come_back_on_either_side_of_a_fork(void **state)
{
    (void)state;
    int status;
    harness h;
    harness_begin(&h, "");
    engine_module *module = image_module(&h);
    assert_int_equal(strange_in_rounds(&h, module), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(strange_in_rounds(&h, module) == 0 ? 0 : 1);
    assert_int_equal(strange_in_rounds(&h, module), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(strange_in_rounds(&h, module), 0);
    engine_module_delete(module);
    harness_end(&h);
}

/* Pages that are marked from some moment in an instance's life on: what it wrote before that is not. */
static void what_was_written_before_marks_does_not_come_back(void **state)
{
    (void)state;
    harness h;
    harness_begin(&h, "");
    engine_module *module = image_module(&h);
    for (unsigned i = 0; i < ROUNDS; i++) {
        bj_error err;
        engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
        assert_non_null(instance);
        assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
        memset(engine_instance_memory(instance).base + IMAGE_AT, PATTERN, IMAGE_SIZE);
        for (unsigned taken = 0; taken < 10; taken++) {
            assert_int_equal(engine_instance_call(instance, "nothing", NULL, 0, false).status,
                             ENGINE_RETURNED);
            engine_delta *delta = engine_delta_take(instance, &err);
            assert_non_null(delta);
            assert_int_equal(engine_delta_changed_bytes(delta), IMAGE_SIZE);
            engine_delta_release(delta);
        }
        engine_instance_delete(instance);
        assert_int_equal(strange_bytes(&h, module, i, 0), 0);
    }
    engine_module_delete(module);
    harness_end(&h);
}

static int refuse_userfaultfd(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_userfaultfd, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
               ? 0
               : -1;
}

/* In a process of its own, which has no engine yet. */
static void what_was_written_does_not_come_back_without_marks(void **state)
{
    (void)state;
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        harness h;
        if (refuse_userfaultfd() < 0 || syscall(SYS_userfaultfd, 0) != -1 || errno != EPERM)
            _exit(2);
        harness_begin(&h, "");
        engine_module *module = image_module(&h);
        _exit(strange_in_rounds(&h, module) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_does_not_come_back_without_marks), /* first: see there */
        cmocka_unit_test(what_was_written_does_not_come_back),
        cmocka_unit_test(what_was_written_before_marks_does_not_come_back),
        cmocka_unit_test(what_was_written_does_not_come_back_on_either_side_of_a_fork),
    };
    return cmocka_run_group_tests_name("reset", tests, NULL, NULL);
}

/*
 * test_faults.c: the engine's traps are signals. A guest's trap is a trap, and a fault of the host's own reaches whoever
 * wants to know of those, whichever of the two installed their handlers first.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

/* Their order of values: exit codes of a child. */
enum { REPORTED = 40, REPORTED_TWICE = 41 };

static volatile int reports;

static void report_and_leave(int signal)
{
    (void)signal;
    _exit(REPORTED);
}

/* As Python's faulthandler does. */
static struct sigaction before_faulthandler;
static void report_and_raise(int signal)
{
    if (++reports > 1)
        _exit(REPORTED_TWICE);
    sigaction(signal, &before_faulthandler, NULL);
    raise(signal);
}

static void install(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER | SA_ONSTACK};
    assert_int_equal(sigaction(signal, &action, &before_faulthandler), 0);
}

static void guests_trap(void)
{
    expect_trap(must_run("(module (func (export \"_start\") unreachable))", NULL), "unreachable");
    expect_trap(must_run("(module (memory (export \"memory\") 1) (func (export \"_start\")"
                         " (drop (i32.load offset=1000000 (i32.const 0)))))",
                         NULL),
                "out of bounds memory access");
    expect_trap(must_run("(module (func (export \"_start\")"
                         " (drop (i32.div_s (i32.const 1) (i32.const 0)))))",
                         NULL),
                "integer divi");
}

static void fault(void)
{
    volatile char *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *nothing = 1;
}

/* What becomes of a child that runs `steps`. */
static int status_of(void (*steps)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        steps();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void ends_with_code(void (*steps)(void), int code)
{
    const int status = status_of(steps);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        fail_msg("status %#x, not exit code %d", (unsigned)status, code);
}

static void ends_by_signal(void (*steps)(void), int signal)
{
    const int status = status_of(steps);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != signal)
        fail_msg("status %#x, not signal %d", (unsigned)status, signal);
}

/* ---------------------------------------------------------------- whoever comes after the engine */

static void handler_then_guest_then_fault(void)
{
    guests_trap();
    install(SIGSEGV, report_and_leave);
    install(SIGILL, report_and_leave);
    install(SIGFPE, report_and_leave);
    guests_trap();
    guests_trap();
    fault();
}

static void a_handler_that_comes_later_gets_faults_and_no_traps(void **state)
{
    (void)state;
    ends_with_code(handler_then_guest_then_fault, REPORTED);
}

static void again_and_again(void)
{
    for (int i = 0; i < 50; i++) {
        install(SIGSEGV, i % 2 ? report_and_leave : report_and_raise);
        guests_trap();
    }
    fault();
}

static void handlers_may_come_again_and_again(void **state)
{
    (void)state;
    ends_with_code(again_and_again, REPORTED);
}

static void one_that_was_there_and_comes_again(void)
{
    install(SIGSEGV, report_and_raise); /* its own handler is what it finds */
    assert_int_equal(engine_begin(NULL), 0);
    guests_trap();
    install(SIGSEGV, report_and_raise);
    guests_trap();
    fault();
}

static void one_that_raises_again(void)
{
    guests_trap();
    install(SIGSEGV, report_and_raise);
    guests_trap();
    fault();
}

static void a_handler_that_raises_again_ends_the_process_once(void **state)
{
    (void)state;
    ends_by_signal(one_that_raises_again, SIGSEGV);
}

/* ---------------------------------------------------------------- whoever was there before */

static void fault_of_a_host_with_guests(void)
{
    guests_trap();
    fault();
}

static void without_a_handler_a_fault_is_the_end(void **state)
{
    (void)state;
    ends_by_signal(fault_of_a_host_with_guests, SIGSEGV);
}

static void engine_after_handler(void)
{
    assert_int_equal(engine_begin(NULL), 0);
    guests_trap();
    fault();
}

static void a_handler_that_was_there_gets_faults(void **state)
{
    (void)state;
    ends_with_code(engine_after_handler, REPORTED);
}

static void a_handler_that_was_there_and_comes_again_ends_the_process_once(void **state)
{
    (void)state;
    ends_by_signal(one_that_was_there_and_comes_again, SIGSEGV);
}

/* The handler of the first group is installed before there is an engine in the process at all. */
int main(void)
{
    const struct CMUnitTest first[] = {
        cmocka_unit_test(a_handler_that_was_there_gets_faults),
        cmocka_unit_test(a_handler_that_was_there_and_comes_again_ends_the_process_once),
    };
    const struct CMUnitTest second[] = {
        cmocka_unit_test(without_a_handler_a_fault_is_the_end),
        cmocka_unit_test(a_handler_that_comes_later_gets_faults_and_no_traps),
        cmocka_unit_test(handlers_may_come_again_and_again),
        cmocka_unit_test(a_handler_that_raises_again_ends_the_process_once),
    };
    struct sigaction none = {.sa_handler = SIG_DFL};
    install(SIGSEGV, report_and_leave);
    int failed = cmocka_run_group_tests_name("handlers before the engine", first, NULL, NULL);
    sigaction(SIGSEGV, &none, NULL);
    return failed +
           cmocka_run_group_tests_name("handlers after it", second, engine_begin, engine_end);
}

/*
 * keep_signals.c: for tests that run guests: cmocka puts handlers of its own on SIGSEGV, SIGILL and
 * SIGFPE by signal(), around every test. Those are the signals by which wasm traps, so that each trap would
 * count as a crash. The linker prefers this signal() to libc's where it can see it, and it changes nothing.
 */
#include <signal.h>

__attribute__((visibility("default"))) sighandler_t signal(int number, void (*handler)(int))
{
    (void)number;
    (void)handler;
    return SIG_DFL;
}

/*
 * guests.c: the engine and its surroundings, as every benchmark wants them.
 */
#include "guests.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#define DEBIAN_PYTHON "/usr/bin/python3"

void bench_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

char *bench_path(const char *relative)
{
    char own[4096], *path;
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length < 0)
        bench_die("/proc/self/exe cannot be read: %s", strerror(errno));
    own[length] = 0;
    *strrchr(own, '/') = 0;
    if (asprintf(&path, "%s/%s", own, relative) < 0)
        bench_die("out of memory");
    return path;
}

static void log_line(void *user, const char *line)
{
    (void)user;
    fprintf(stderr, "%s\n", line);
}

bj_engine *bench_engine(void)
{
    bj_error err;
    bj_engine_options options;
    bj_engine_options_init(&options);
    options.log = log_line;
    char *guests = getenv("BELLJAR_GUESTS") ? NULL : bench_path("../guests");
    options.guest_dir = guests;
    bj_engine *engine = bj_engine_new(&options, &err);
    free(guests);
    if (!engine)
        bench_die("%s", err.message);
    return engine;
}

bj_runtime *bench_runtime(bj_engine *engine, const char *name)
{
    bj_error err;
    bj_runtime *runtime = bj_runtime_open(engine, name, &err);
    if (!runtime)
        bench_die("%s", err.message);
    return runtime;
}

uint64_t bench_number(const char *option, const char *text, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || number < 1 || number > most)
        bench_die("%s wants a number from 1 to %llu, not '%s'", option, (unsigned long long)most,
                  text);
    return number;
}

const char *bench_python(void)
{
    return process_exists(DEBIAN_PYTHON) ? DEBIAN_PYTHON : "python3";
}

void bench_print_machine(void)
{
    struct utsname host;
    double load = 0;
    char day[16] = "";
    time_t now = time(NULL);
    struct tm date;
    if (localtime_r(&now, &date))
        strftime(day, sizeof day, "%Y-%m-%d", &date);
    if (getloadavg(&load, 1) < 1)
        load = 0;
    if (uname(&host) == 0)
        printf("Belljar %s, %s %s %s, %ld processors, load %.2f, %s\n", bj_version(), host.sysname,
               host.release, host.machine, sysconf(_SC_NPROCESSORS_ONLN), load, day);
}

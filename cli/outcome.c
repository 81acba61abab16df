/*
 * outcome.c: a receipt as an exit status and as a line for people.
 */
#include "outcome.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "limits.h"
#include "values.h"

static bj_usage usage_of(const bj_receipt *receipt)
{
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    return usage;
}

/* The guest's exit code as a process can give it: what does not fit becomes 255, so that no failure ever
 * looks like success. */
static int exit_status(int code)
{
    return code >= 0 && code <= 255 ? code : 255;
}

int outcome_status(const guest *g, const bj_receipt *receipt)
{
    switch (bj_receipt_outcome(receipt)) {
    case BJ_OUTCOME_OK:
        return CLI_OK;
    case BJ_OUTCOME_EXIT:
        return exit_status(bj_receipt_exit_code(receipt));
    case BJ_OUTCOME_LIMIT:
        return CLI_LIMIT;
    case BJ_OUTCOME_TRAP:
        return CLI_TRAP;
    case BJ_OUTCOME_INTERRUPTED:
        return CLI_SIGNAL + (g->signal != 0 ? g->signal : SIGINT);
    case BJ_OUTCOME_ERROR:
    case BJ_OUTCOME_INCOMPLETE:
        break;
    }
    return CLI_EXCEPTION;
}

static void report_limit(const bj_receipt *receipt)
{
    const char *name = bj_receipt_limit_name(receipt);
    const cli_limit *limit = limits_find(name != NULL ? name : "");
    if (limit == NULL) {
        cli_note("stopped: the limit '%s' was reached", name != NULL ? name : "?");
        return;
    }
    values_text allowed = values_format(limit->unit, bj_receipt_limit_allowed(receipt));
    cli_note("stopped: %s of %s reached (--%s sets it)", limit->name, allowed.text, limit->name);
}

static void report_signal(const guest *g, const bj_receipt *receipt)
{
    bj_usage usage = usage_of(receipt);
    values_text wall = values_format_ns(usage.wall_ns);
    values_text output = values_format(BJ_UNIT_BYTES, usage.output_bytes);
    cli_note("stopped: interrupted by %s after %s, with %s of output",
             g->signal == SIGTERM ? "SIGTERM" : "Ctrl-C", wall.text, output.text);
}

/* The first line of why it trapped: a backtrace may follow, which is in the receipt. */
static void report_trap(const bj_receipt *receipt)
{
    const char *message = bj_receipt_error_message(receipt);
    if (message == NULL)
        message = "WebAssembly trapped";
    cli_note("trap: %.*s", (int)strcspn(message, "\n"), message);
}

/* On a terminal, not behind the guest's last line or the ^C that the terminal shows. */
static void leave_open_line(const guest *g)
{
    bool is_open = g->out.open_line || g->signal == SIGINT;
    if (is_open && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
        fputc('\n', stderr);
}

void outcome_report(const guest *g, const bj_receipt *receipt)
{
    switch (bj_receipt_outcome(receipt)) {
    case BJ_OUTCOME_LIMIT:
        leave_open_line(g);
        report_limit(receipt);
        break;
    case BJ_OUTCOME_TRAP:
        leave_open_line(g);
        report_trap(receipt);
        break;
    case BJ_OUTCOME_INTERRUPTED:
        if (g->out.failure != 0)
            break;
        leave_open_line(g);
        report_signal(g, receipt);
        break;
    case BJ_OUTCOME_OK:
    case BJ_OUTCOME_EXIT:
    case BJ_OUTCOME_ERROR:
    case BJ_OUTCOME_INCOMPLETE:
        break;
    }
}

void outcome_report_usage(const bj_receipt *receipt)
{
    bj_usage usage = usage_of(receipt);
    values_text wall = values_format_ns(usage.wall_ns);
    values_text cpu = values_format_ns(usage.cpu_ns);
    values_text memory = values_format(BJ_UNIT_BYTES, usage.memory_peak_bytes);
    values_text output = values_format(BJ_UNIT_BYTES, usage.output_bytes);
    values_text calls = values_format(BJ_UNIT_COUNT, usage.host_calls);
    values_text files = values_format(BJ_UNIT_BYTES, usage.file_bytes_written);
    cli_note("outcome %s; %s of wall time, %s of CPU, %s of memory at most, %s of output, %s host "
             "calls, "
             "%s written to files",
             bj_outcome_name(bj_receipt_outcome(receipt)), wall.text, cpu.text, memory.text,
             output.text, calls.text, files.text);
    if (usage.fuel_known)
        cli_note("fuel %s", values_format(BJ_UNIT_COUNT, usage.fuel).text);
}

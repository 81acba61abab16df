/*
 * counters.c: counters that belong to a run or eval begin anew with each; those of things that live on (files, descriptors)
 * do not.
 */
#include "sandbox/run/run.h"

void sandbox_count_anew(sandbox_instance *self)
{
    self->box->budget->used[POLICY_fuel] = 0;
    self->box->budget->used[POLICY_host_calls] = self->boot.host_calls;
    engine_instance_refuel(self->engine, self->boot.fuel);
}

void sandbox_reset_counters(sandbox_instance *self)
{
    static const policy_limit per_run[] = {POLICY_wall_ms, POLICY_cpu_ms, POLICY_output_bytes,
                                           POLICY_displays, POLICY_display_bytes};
    for (size_t i = 0; i < sizeof per_run / sizeof *per_run; i++)
        self->box->budget->used[per_run[i]] = 0;
    self->box->budget->crossed = false;
    tools_begin(self);
    displays_clear(&self->box->displays);
    blobs_begin(self);
    vfs_tree_mark(self->box->tree);
    sandbox_count_anew(self);
}

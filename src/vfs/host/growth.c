/*
 * growth.c: what a directory of the host has grown by, by the guest's doing.
 *
 * The guest may make it *grow* by as many files and bytes as the limits files and file-bytes allow.
 * What it removes or cuts off is given back, whoever wrote it, but never more than was taken; a file that
 * still has other names, or is open, gives nothing back before its space is really free.
 */
#include "vfs/host/internal.h"

static uint64_t above_zero(int64_t value)
{
    return value > 0 ? (uint64_t)value : 0;
}

static bool grow(host_layer *self, policy_limit limit, int64_t *grown, int64_t by)
{
    uint64_t before = above_zero(*grown), after = above_zero(*grown + by);
    if (after > before && !policy_budget_take(self->budget, limit, after - before))
        return false;
    if (after < before)
        policy_budget_return(self->budget, limit, before - after);
    *grown += by;
    return true;
}

bool host_grow_files(host_layer *self, int64_t by)
{
    return grow(self, POLICY_files, &self->grown_files, by);
}

bool host_grow_bytes(host_layer *self, int64_t by)
{
    return grow(self, POLICY_file_bytes, &self->grown_bytes, by);
}

void host_return_growth(host_layer *self)
{
    policy_budget_return(self->budget, POLICY_files, above_zero(self->grown_files));
    policy_budget_return(self->budget, POLICY_file_bytes, above_zero(self->grown_bytes));
}

/* A slot other than `but` that has the file open; NULL: none has. */
static host_slot *find_open(host_layer *self, const struct stat *file, const host_slot *but)
{
    struct stat st;
    for (uint32_t i = 1; i < self->count; i++) {
        host_slot *slot = &self->slots[i];
        if (slot->file && slot != but && fstat(slot->file->fd, &st) == 0 &&
            st.st_ino == file->st_ino && st.st_dev == file->st_dev)
            return slot;
    }
    return NULL;
}

/* A regular file without names takes no space once nobody has it open. */
static void count_freed(host_layer *self, const struct stat *file, const host_slot *closing)
{
    host_slot *open = find_open(self, file, closing);
    if (open)
        open->unlinked = true;
    else
        (void)host_grow_bytes(self, -(int64_t)file->st_size);
}

void host_closing(host_layer *self, const host_slot *slot)
{
    struct stat st;
    if (fstat(slot->file->fd, &st) == 0 && st.st_nlink == 0)
        count_freed(self, &st, slot);
}

void host_count_removal(host_layer *self, const struct stat *gone)
{
    (void)host_grow_files(self, -1);
    if (S_ISREG(gone->st_mode) && gone->st_nlink <= 1)
        count_freed(self, gone, NULL);
}

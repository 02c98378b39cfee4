/* transfer.h - the table of transfers, and what the rest of the core needs of it. */
#ifndef FAI_TRANSFER_H
#define FAI_TRANSFER_H

#include "core/context.h"
#include "framealloc/transfer.h"

/* The context goes: its transfers stay and are told, its claims are given up. */
void fai_transfers_forget(fai_context *ctx);
/* The allocator goes: tell what was never received. */
void fai_transfers_tell_pending(fa_allocator *allocator);

#endif

/* ticket.h - the open tickets of a context, as its frames see them. */
#ifndef FAI_TICKET_H
#define FAI_TICKET_H

#include "core/context.h"

/* At a frame's end: close those that are due, and have the next one's frame looked at. */
void fai_ticket_frame_ended(fai_context *ctx);
/* The context is parked; its arenas are gone. */
void fai_ticket_give_up(fai_context *ctx);

#endif

/* 01_frame.c - memory that lives one frame.
 *
 * A frame begins, the game takes what it needs by moving a cursor, the frame ends, and all of it is gone.
 * Nothing is freed one by one, and after a few frames nothing is asked of the system either. */
#include <stdio.h>

#include "framealloc/framealloc.h"

typedef struct Contact {
    int a;
    int b;
} Contact;

static void frame(fa_context *ctx, int number)
{
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return;
    }

    /* An array whose size is known only now. */
    Contact *contacts = FA_FRAME_ARRAY(ctx, Contact, (size_t)number);
    for (int i = 0; i < number; i++) {
        contacts[i] = (Contact){i, i + 1};
    }

    /* A list whose size is not known: it grows in place while it is the last block. */
    fa_vector even = FA_VECTOR(ctx, Contact);
    for (int i = 0; i < number; i += 2) {
        Contact *contact = FA_VECTOR_PUSH(&even, Contact);
        if (contact != NULL) {
            *contact = contacts[i];
        }
    }

    /* A string of exactly the size it needs. */
    const char *title = fa_frame_printf(ctx, "%d contacts, %zu of them even", number, even.count);

    /* Work space in between: taken back before the frame ends. */
    fa_checkpoint mark = fa_frame_mark(ctx);
    size_t before = fa_frame_used_bytes(ctx);
    int *scratch = FA_FRAME_ARRAY_ZEROED(ctx, int, 1000);
    scratch[999] = number;
    (void)fa_frame_rewind(ctx, mark);

    printf("frame %llu: %s; scratch taken back: %s\n", (unsigned long long)fa_frame_index(ctx), title,
           fa_frame_used_bytes(ctx) == before ? "yes" : "no");
    (void)fa_frame_end(ctx);
}

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    for (int number = 1; number <= 4; number++) {
        frame(ctx, number * number);
    }
    printf("most in one frame: %s 1 KiB\n", fa_frame_peak_bytes(ctx) > 1024 ? "over" : "under");
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * frame 1: 1 contacts, 1 of them even; scratch taken back: yes
 * frame 2: 4 contacts, 2 of them even; scratch taken back: yes
 * frame 3: 9 contacts, 5 of them even; scratch taken back: yes
 * frame 4: 16 contacts, 8 of them even; scratch taken back: yes
 * most in one frame: over 1 KiB
 */

/* Text and vectors of the frame, used beyond it. */
#include <framealloc/framealloc.h>
#include <framealloc/text.h>
#include <framealloc/vector.h>
typedef struct log { fa_context *ctx; const char *last; int *ids; int count; } log_;
void write_line(const char *text);

void log_add(log_ *l, int id)
{
    fa_frame_begin(l->ctx);
    fa_text t = fa_text_make(l->ctx);
    fa_text_printf(&t, "id %d", id);
    l->last = fa_text_finish(&t); // expect: FA601
    fa_frame_end(l->ctx);
}

void log_flush(log_ *l)
{
    const char *all = NULL;
    fa_frame_begin(l->ctx);
    fa_text t = fa_text_make(l->ctx);
    for (int i = 0; i < l->count; i++) {
        fa_text_printf(&t, "%d ", l->ids[i]);
    }
    all = fa_text_finish(&t);
    fa_frame_end(l->ctx);
    if (all) {
        write_line(all); // expect: FA606
    }
}

void log_ids(log_ *l, int n)
{
    fa_frame_begin(l->ctx);
    fa_vector v = FA_VECTOR(l->ctx, int);
    for (int i = 0; i < n; i++) {
        int *slot = FA_VECTOR_PUSH(&v, int);
        if (slot) {
            *slot = i;
        }
    }
    int sum = 0;
    for (size_t i = 0; i < v.count; i++) {
        sum += *FA_VECTOR_AT(&v, int, i);
    }
    l->count = sum;
    fa_frame_end(l->ctx);
}

int *log_first(log_ *l)
{
    fa_frame_begin(l->ctx);
    fa_vector v = FA_VECTOR(l->ctx, int);
    int *slot = FA_VECTOR_PUSH(&v, int);
    if (slot) {
        *slot = 1;
    }
    fa_frame_end(l->ctx);
    return slot; // expect: FA601
}

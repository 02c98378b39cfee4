// Save games: what is worth keeping is retained, taken once, freed by its family.
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

#define RETAIN_BYTES(ctx, p, n, how) fa_frame_retain((ctx), (p), (n), 16, (how), NULL)
#define TRY(x) do { if (!(x)) { goto fail; } } while (0)

typedef struct SaveHeader { uint32_t magic, version, bytes; } SaveHeader;
typedef struct SaveSlot { char name[32]; void *blob; size_t bytes; bool in_pool; } SaveSlot;

static bool WriteAll(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL) {
        return false;
    }
    bool ok = fwrite(p, 1, n, f) == n;
    return fclose(f) == 0 && ok;
}

static void Slot_Clear(fa_context *ctx, SaveSlot *s)
{
    if (s->in_pool) {
        fa_pool_free(ctx, s->blob);
    } else {
        fa_heap_free(ctx, s->blob);
    }
    s->blob = NULL;
    s->bytes = 0;
}

bool Save_Autosave(fa_context *ctx, const void *world, size_t n)
{
    bool ok = false;
    void *kept = NULL;
    fa_retained id = 0;
    TRY(fa_frame_begin(ctx) == FA_RESULT_OK);
    char *blob = fa_frame_alloc(ctx, n + sizeof(SaveHeader), 16);
    if (blob) {
        memcpy(blob, &(SaveHeader){0x53415645, 3, (uint32_t)n}, sizeof(SaveHeader));
        memcpy(blob + sizeof(SaveHeader), world, n);
        id = RETAIN_BYTES(ctx, blob, n + sizeof(SaveHeader), FA_RETAIN_HEAP);
    }
    fa_frame_end(ctx);
    TRY(id != 0);
    TRY(fa_retained_take(ctx, id, &kept) == FA_RESULT_OK);
    ok = WriteAll("auto.sav", kept, n + sizeof(SaveHeader));
    fa_heap_free(ctx, kept);
fail:
    return ok;
}

bool Save_Thumb(fa_context *ctx, SaveSlot *slot, const uint8_t *rgb, int w, int h)
{
    if (w > 64 || h > 64) {
        return false;
    }
    fa_frame_begin(ctx);
    uint8_t *small = fa_frame_copy(ctx, rgb, (size_t)(w * h * 3), 16);
    fa_retained id = small ? RETAIN_BYTES(ctx, small, (size_t)(w * h * 3), FA_RETAIN_POOL) : 0;
    fa_frame_end(ctx);
    void *thumb = NULL;
    if (id == 0 || fa_retained_take(ctx, id, &thumb) != FA_RESULT_OK) {
        return false;
    }
    Slot_Clear(ctx, slot);
    slot->blob = thumb;
    slot->bytes = (size_t)(w * h * 3);
    slot->in_pool = true;
    return true;
}

bool Save_Read(fa_context *ctx, const char *path, SaveSlot *slot)
{
    SaveHeader h;
    bool ok = false;
    FILE *f = fopen(path, "rb");
    if (!f) {
        return false;
    }
    if (fread(&h, sizeof h, 1, f) != 1 || h.magic != 0x53415645 || h.bytes > (1u << 24)) {
        fclose(f);
        return false;
    }
    void *data = fa_heap_alloc(ctx, h.bytes, 16);
    TRY(data != NULL);
    if (fread(data, 1, h.bytes, f) != h.bytes) {
        fa_heap_free(ctx, data);
        goto fail;
    }
    Slot_Clear(ctx, slot);
    slot->blob = data;
    slot->bytes = h.bytes;
    slot->in_pool = false;
    ok = true;
fail:
    fclose(f);
    return ok;
}

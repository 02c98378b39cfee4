/* base.c - memory, growing arrays, words, text and hashing. Words live in one table behind a mutex, since
 * units are parsed by several threads; everything else belongs to its caller. */
#include "base/base.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void fa_die(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("fa: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(code);
}

/* ---- memory */

void *mem_new(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) {
        fa_die(FA_EXIT_UNPARSED, "out of memory");
    }
    return p;
}

void *mem_resize(void *p, size_t bytes)
{
    void *q = realloc(p, bytes ? bytes : 1);
    if (!q) {
        fa_die(FA_EXIT_UNPARSED, "out of memory");
    }
    return q;
}

void mem_free(void *p)
{
    free(p);
}

char *text_copy_n(const char *source, size_t length)
{
    char *copy = mem_new(length + 1);
    memcpy(copy, source, length);
    return copy;
}

char *text_copy(const char *source)
{
    return text_copy_n(source, strlen(source));
}

struct pile_chunk {
    struct pile_chunk *next;
    size_t pad;
};

void *pile_take(pile *p, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (!p->top || bytes > p->capacity - p->used) {
        size_t capacity = bytes > 60000 ? bytes : 65536 - sizeof(struct pile_chunk);
        struct pile_chunk *chunk = mem_new(sizeof *chunk + capacity);
        chunk->next = p->top;
        p->top = chunk;
        p->capacity = capacity;
        p->used = 0;
    }
    void *at = (char *)(p->top + 1) + p->used;
    p->used += bytes;
    return at;
}

void pile_free(pile *p)
{
    while (p->top) {
        struct pile_chunk *next = p->top->next;
        free(p->top);
        p->top = next;
    }
    *p = (pile){0};
}

void vec_reserve_(void **at, int *capacity, int need, size_t item_bytes)
{
    if (need <= *capacity) {
        return;
    }
    int grown = *capacity ? *capacity * 2 : 8;
    if (grown < need) {
        grown = need;
    }
    *at = mem_resize(*at, (size_t)grown * item_bytes);
    *capacity = grown;
}

/* ---- hashing */

uint64_t hash_mix(uint64_t seed, uint64_t value)
{
    uint64_t h = seed * 0xA24BAED4963EE407u + 0x9FB21C651E98DF25u; /* the two must not be exchangeable */
    h = ((h << 23) | (h >> 41)) ^ value;
    h *= 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    return h ^ (h >> 29);
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length)
{
    const unsigned char *p = bytes;
    uint64_t h = seed ^ (length * 0x9E3779B97F4A7C15u);
    while (length >= 8) {
        uint64_t part;
        memcpy(&part, p, 8);
        h = hash_mix(h, part);
        p += 8;
        length -= 8;
    }
    uint64_t part = 0;
    memcpy(&part, p, length);
    return hash_mix(h, part);
}

/* A slot is in use when it carries the map's round: clearing begins a new round. */
static struct map64_slot *map_slot(struct map64_slot *slots, uint32_t capacity, uint32_t round, uint64_t key)
{
    uint32_t i = (uint32_t)hash_mix(7, key) & (capacity - 1);
    while (slots[i].used == round && slots[i].key != key) {
        i = (i + 1) & (capacity - 1);
    }
    return &slots[i];
}

static void map_grow(map64 *map)
{
    uint32_t capacity = map->capacity ? map->capacity * 2 : 64, round = map->round + 1;
    struct map64_slot *slots = mem_new(capacity * sizeof *slots);
    for (uint32_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].used == round) {
            *map_slot(slots, capacity, round, map->slots[i].key) = map->slots[i];
        }
    }
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
}

uint32_t *map64_at(map64 *map, uint64_t key, bool *fresh)
{
    if ((map->count + 1) * 4 > map->capacity * 3) {
        map_grow(map);
    }
    uint32_t round = map->round + 1;
    struct map64_slot *slot = map_slot(map->slots, map->capacity, round, key);
    bool made = slot->used != round;
    if (fresh) {
        *fresh = made;
    }
    if (made) {
        *slot = (struct map64_slot){.key = key, .used = round};
        map->count++;
    }
    return &slot->value;
}

const uint32_t *map64_find(const map64 *map, uint64_t key)
{
    if (!map->capacity) {
        return NULL;
    }
    struct map64_slot *slot = map_slot(map->slots, map->capacity, map->round + 1, key);
    return slot->used == map->round + 1 ? &slot->value : NULL;
}

void map64_clear(map64 *map)
{
    if (map->capacity > 65536 || map->round >= UINT32_MAX - 1) {
        map64_free(map);
    } else {
        map->round++;
        map->count = 0;
    }
}

void map64_free(map64 *map)
{
    free(map->slots);
    *map = (map64){0};
}

/* ---- words */

static pthread_mutex_t word_lock = PTHREAD_MUTEX_INITIALIZER;
static pile word_pile;
static const char **word_table;
static size_t word_count, word_capacity;

static void word_table_grow(void)
{
    size_t capacity = word_capacity ? word_capacity * 2 : 4096;
    const char **table = mem_new(capacity * sizeof *table);
    for (size_t i = 0; i < word_capacity; i++) {
        if (word_table[i]) {
            size_t k = hash_bytes(1, word_table[i], strlen(word_table[i])) & (capacity - 1);
            while (table[k]) {
                k = (k + 1) & (capacity - 1);
            }
            table[k] = word_table[i];
        }
    }
    free(word_table);
    word_table = table;
    word_capacity = capacity;
}

const char *word_n(const char *source, size_t length)
{
    uint64_t hash = hash_bytes(1, source, length);
    pthread_mutex_lock(&word_lock);
    if ((word_count + 1) * 4 > word_capacity * 3) {
        word_table_grow();
    }
    size_t k = hash & (word_capacity - 1);
    while (word_table[k] && (strncmp(word_table[k], source, length) != 0 || word_table[k][length])) {
        k = (k + 1) & (word_capacity - 1);
    }
    if (!word_table[k]) {
        char *copy = pile_take(&word_pile, length + 1);
        memcpy(copy, source, length);
        word_table[k] = copy;
        word_count++;
    }
    const char *found = word_table[k];
    pthread_mutex_unlock(&word_lock);
    return found;
}

const char *word(const char *source)
{
    return source ? word_n(source, strlen(source)) : NULL;
}

/* ---- text */

void text_add_n(text *t, const char *more, size_t length)
{
    if (t->length + length + 1 > t->capacity) {
        t->capacity = (t->length + length + 1) * 2;
        t->at = mem_resize(t->at, t->capacity);
    }
    memcpy(t->at + t->length, more, length);
    t->length += length;
    t->at[t->length] = 0;
}

void text_add(text *t, const char *more)
{
    text_add_n(t, more, strlen(more));
}

void text_addf(text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *line = mem_new((size_t)length + 1);
    vsnprintf(line, (size_t)length + 1, format, again);
    text_add_n(t, line, (size_t)length);
    free(line);
    va_end(again);
    va_end(args);
}

void text_free(text *t)
{
    free(t->at);
    *t = (text){0};
}

char *file_read(const char *path, size_t limit_bytes, size_t *length_bytes)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return NULL;
    }
    if (!S_ISREG(info.st_mode) || (size_t)info.st_size > limit_bytes) {
        errno = S_ISREG(info.st_mode) ? EFBIG : EINVAL;
        return NULL;
    }
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    size_t capacity = (size_t)info.st_size;
    char *bytes = mem_new(capacity + 1);
    size_t length = fread(bytes, 1, capacity, file);
    fclose(file);
    bytes[length] = 0;
    if (length_bytes) {
        *length_bytes = length;
    }
    return bytes;
}

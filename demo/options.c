/* options.c - the command line: a table of options, strict numbers, one line for any mistake. */
#include "options.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 40 ///< bytes of a bad word that are repeated to the user

static const char usage[] =
    "usage: demo [--headless] [--frames N] [--seed S] [--stats json] [--steady-after N] [--particles N] "
    "[--bodies N] [--width W] "
    "[--height H] [--overlay] [--lockstep] [--no-vsync] [--screenshot FILE.bmp] [--help]";

static const char help[] =
    "\n"
    "A physics toy whose frames, steps and levels take their memory from framealloc.\n"
    "\n"
    "  --headless         no window; implies --lockstep and --no-vsync: a seed always plays the same game\n"
    "  --frames N         end after N frames, 1 to 1000000 (headless: 600)\n"
    "  --seed S           0 to 18446744073709551615 (1)\n"
    "  --stats json       at the end, print one JSON object on stdout\n"
    "  --steady-after N   after frame N, a frame that takes memory from the system is reported; then exit 1\n"
    "  --particles N      0 to 2000000 (100000)\n"
    "  --bodies N         0 to 4000 (320)\n"
    "  --width W          of the picture in pixels, 320 to 4096 (1280)\n"
    "  --height H         200 to 4096 (720)\n"
    "  --overlay          begin with the overlay on\n"
    "  --lockstep         a frame is one step of 1/60 s, whatever the clock says\n"
    "  --no-vsync         draw as fast as it goes\n"
    "  --screenshot FILE  write the last frame as BMP; needs --frames or --headless\n"
    "  --help             this text\n"
    "\n"
    "mouse: left attracts particles, right explodes, middle drops bodies\n"
    "keys:  Enter play  Space explode  B bodies  P pause  N one step  R reset  G gravity  F1 overlay  Esc "
    "quit\n";

typedef enum option_kind { FLAG, NUMBER, INTEGER, TEXT } option_kind;

typedef struct option_row {
    const char *name;
    option_kind kind;
    size_t offset; ///< of its field in options
    uint64_t low, high;
} option_row;

static const option_row rows[] = {
    {"--headless", FLAG, offsetof(options, headless), 0, 0},
    {"--overlay", FLAG, offsetof(options, overlay), 0, 0},
    {"--lockstep", FLAG, offsetof(options, lockstep), 0, 0},
    {"--no-vsync", FLAG, offsetof(options, no_vsync), 0, 0},
    {"--frames", NUMBER, offsetof(options, frames), 1, 1000000},
    {"--steady-after", NUMBER, offsetof(options, steady_after), 1, 1000000},
    {"--seed", NUMBER, offsetof(options, seed), 0, UINT64_MAX},
    {"--particles", INTEGER, offsetof(options, particles), 0, 2000000},
    {"--bodies", INTEGER, offsetof(options, bodies), 0, 4000},
    {"--width", INTEGER, offsetof(options, width), 320, 4096},
    {"--height", INTEGER, offsetof(options, height), 200, 4096},
    {"--screenshot", TEXT, offsetof(options, screenshot), 0, 0},
};

/* One line on stderr, whatever the word contains. */
static options_result refuse(const char *option, const char *problem)
{
    char shown[SHOWN_MAX + 1];
    size_t i = 0;
    for (; i < SHOWN_MAX && option[i] != '\0'; i++) {
        shown[i] = (char)(isprint((unsigned char)option[i]) ? option[i] : '?');
    }
    shown[i] = '\0';
    (void)fprintf(stderr, "%s (%s: %s)\n", usage, shown, problem);
    return OPTIONS_BAD;
}

/* Decimal digits and nothing else. */
static bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return value >= low && value <= high;
}

static options_result set_value(options *o, const option_row *row, const char *word)
{
    char *field = (char *)o + row->offset;
    uint64_t number = 0;
    if (row->kind == TEXT) {
        memcpy(field, &word, sizeof word);
        return *word == '\0' ? refuse(row->name, "an empty name") : OPTIONS_RUN;
    }
    if (!parse_number(word, row->low, row->high, &number)) {
        char problem[80];
        (void)snprintf(problem, sizeof problem, "a number from %llu to %llu is wanted",
                       (unsigned long long)row->low, (unsigned long long)row->high);
        return refuse(row->name, problem);
    }
    if (row->kind == INTEGER) {
        int value = (int)number;
        memcpy(field, &value, sizeof value);
    } else {
        memcpy(field, &number, sizeof number);
    }
    return OPTIONS_RUN;
}

static const option_row *find_row(const char *word)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, word) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

/* What one option says alone is fine; together they must make sense. */
static options_result finish(options *o)
{
    if (o->headless) {
        o->frames = o->frames > 0 ? o->frames : 600;
        o->lockstep = true;
        o->no_vsync = true;
    }
    if (o->frames > 0 && o->steady_after >= o->frames) {
        return refuse("--steady-after", "leaves no frame to judge: --frames is not larger");
    }
    if (o->screenshot && o->frames == 0) {
        return refuse("--screenshot", "needs --frames or --headless, to know the last frame");
    }
    return OPTIONS_RUN;
}

options_result options_parse(options *o, int argc, char **argv)
{
    *o = (options){.seed = 1, .particles = 100000, .bodies = 320, .width = 1280, .height = 720};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            (void)printf("%s\n%s", usage, help);
            return OPTIONS_HELP;
        }
        const option_row *row = find_row(argv[i]);
        bool is_stats = strcmp(argv[i], "--stats") == 0;
        if (!row && !is_stats) {
            return refuse(argv[i], "there is no such option");
        }
        if (row && row->kind == FLAG) {
            *(bool *)((char *)o + row->offset) = true;
            continue;
        }
        if (i + 1 >= argc) {
            return refuse(argv[i], "a value is missing");
        }
        const char *value = argv[++i];
        if (is_stats) {
            if (strcmp(value, "json") != 0) {
                return refuse("--stats", "only json is known");
            }
            o->stats_json = true;
        } else if (set_value(o, row, value) != OPTIONS_RUN) {
            return OPTIONS_BAD;
        }
    }
    return finish(o);
}

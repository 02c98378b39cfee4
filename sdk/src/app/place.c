/* place.c - what systems and sets say alike: before, after, in_set, run_if, and the terms of resources.
 * Judged as a whole, then copied; the names go into the block of who owns the place. */
#include "app/app.h"

#include <string.h>

/* ---- judging ------------------------------------------------------------------------------------------- */

/* The name of a system, a set, or "plugin/system". */
static bool is_reference(const char *name)
{
    size_t slashes = 0;
    size_t length = 0;
    for (; name[length] != '\0'; length++) {
        unsigned char c = (unsigned char)name[length];
        if (length > 2 * FA_NAME_MAX + 1 || c < ' ' || c == 0x7F) {
            return false;
        }
        slashes += c == '/';
    }
    return length > 0 && slashes <= 1;
}

static void check_references(const char *const *names, uint32_t max, const char *field,
                             fai_app_problems *problems)
{
    for (uint32_t i = 0; i < max && names[i] != NULL; i++) {
        if (!is_reference(names[i])) {
            fai_app_problem(problems, "%s[%u] cannot be the name of a system or a set", field, i);
        }
    }
}

void fai_terms_check(const fa_app *app, const fa_term *terms, uint32_t max, bool may_write, const char *field,
                     fai_app_problems *problems)
{
    for (uint32_t i = 0; i < max && terms[i].type != NULL; i++) {
        const char *name = terms[i].type->name != NULL ? terms[i].type->name : "?";
        const char *wrong = fai_type_problem(app, terms[i].type);
        if (wrong != NULL) {
            fai_app_problem(problems, "%s[%u]: type '%s' %s", field, i, name, wrong);
        }
        if ((unsigned)terms[i].access > FA_ACCESS_WRITE) {
            fai_app_problem(problems, "%s[%u]: access is not one of the enum", field, i);
        } else if (terms[i].access == FA_ACCESS_WRITE && !may_write) {
            fai_app_problem(problems, "%s[%u]: a condition only reads, and '%s' is to be written", field, i,
                            name);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (terms[j].type == terms[i].type) {
                fai_app_problem(problems, "%s names '%s' twice", field, name);
            }
        }
    }
}

void fai_place_check(const fa_app *app, const fai_place_desc *desc, fai_app_problems *problems)
{
    check_references(desc->before, FA_SYSTEM_ORDER_MAX, "before", problems);
    check_references(desc->after, FA_SYSTEM_ORDER_MAX, "after", problems);
    for (uint32_t i = 0; i < FA_SYSTEM_SETS_MAX && desc->in_set[i] != NULL; i++) {
        if (!fai_name_is_valid(desc->in_set[i])) {
            fai_app_problem(problems, "in_set[%u] is empty, longer than %d bytes, or holds '/'", i,
                            FA_NAME_MAX);
        }
    }
    for (uint32_t i = 0; i < FA_SYSTEM_CONDITIONS_MAX; i++) {
        const fa_condition *c = &desc->run_if[i];
        if (c->fn == NULL && (c->arg != NULL || c->negate || c->res[0].type != NULL)) {
            fai_app_problem(problems, "run_if[%u] has no function", i);
        }
        if (c->fn != NULL && i > 0 && desc->run_if[i - 1].fn == NULL) {
            fai_app_problem(problems, "run_if[%u] follows an empty one", i);
        }
        fai_terms_check(app, c->res, FA_CONDITION_TERMS_MAX, false, "run_if.res", problems);
    }
}

/* ---- copying ------------------------------------------------------------------------------------------- */

static size_t list_bytes(const char *const *names, uint32_t max)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < max && names[i] != NULL; i++) {
        bytes += strlen(names[i]) + 1;
    }
    return bytes;
}

size_t fai_place_name_bytes(const fai_place_desc *desc)
{
    return list_bytes(desc->before, FA_SYSTEM_ORDER_MAX) + list_bytes(desc->after, FA_SYSTEM_ORDER_MAX) +
           list_bytes(desc->in_set, FA_SYSTEM_SETS_MAX);
}

const char *fai_name_copy_to(char **text, const char *name)
{
    size_t bytes = strlen(name) + 1;
    char *copy = *text;
    memcpy(copy, name, bytes);
    *text += bytes;
    return copy;
}

static uint32_t copy_list(const char *const *names, uint32_t max, const char **out, char **text)
{
    uint32_t count = 0;
    for (; count < max && names[count] != NULL; count++) {
        out[count] = fai_name_copy_to(text, names[count]);
    }
    return count;
}

fa_result fai_terms_fill(fa_app *app, const fa_term *terms, uint32_t max, fai_term *out, uint32_t *count,
                         const char *here)
{
    *count = 0;
    for (uint32_t i = 0; i < max && terms[i].type != NULL; i++) {
        fa_result result;
        fai_type *type = fai_type_get(app, terms[i].type, here, &result);
        if (type == NULL) {
            return result;
        }
        out[i] =
            (fai_term){.identity = terms[i].type, .type = type, .write = terms[i].access == FA_ACCESS_WRITE};
        *count = i + 1;
    }
    return FA_RESULT_OK;
}

fa_result fai_place_fill(fa_app *app, const fai_place_desc *desc, fai_place *place, char **text,
                         const char *here)
{
    place->before_count = copy_list(desc->before, FA_SYSTEM_ORDER_MAX, place->before, text);
    place->after_count = copy_list(desc->after, FA_SYSTEM_ORDER_MAX, place->after, text);
    place->in_set_count = copy_list(desc->in_set, FA_SYSTEM_SETS_MAX, place->in_set, text);
    for (uint32_t i = 0; i < FA_SYSTEM_CONDITIONS_MAX && desc->run_if[i].fn != NULL; i++) {
        const fa_condition *c = &desc->run_if[i];
        fai_condition *copy = &place->run_if[i];
        copy->fn = c->fn;
        copy->arg = c->arg;
        copy->negate = c->negate;
        fa_result result =
            fai_terms_fill(app, c->res, FA_CONDITION_TERMS_MAX, copy->terms, &copy->term_count, here);
        if (result != FA_RESULT_OK) {
            return result;
        }
        place->run_if_count = i + 1;
    }
    return FA_RESULT_OK;
}

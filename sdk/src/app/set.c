/* set.c - what is said about sets. Each call is kept as it was made; the order of the schedule brings them
 * together. */
#include "app/app.h"

fa_result fai_app_configure_set(fa_app *app, fa_schedule schedule, const char *set, const char *here,
                                const fa_set_desc *desc)
{
    const char *call = "fa_app_configure_set";
    fa_result result = fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION, true, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_schedule *found = fai_schedule_at(app, schedule);
    if (found == NULL || !fai_name_is_valid(set) || desc == NULL) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "%s: %s (schedule %u, set '%s')", call,
                              found == NULL  ? "no such schedule"
                              : desc == NULL ? "the desc is NULL"
                                             : "the set's name is empty, too long, or holds '/'",
                              schedule, set != NULL ? set : "NULL");
    }
    const fai_place_desc place = {
        .before = desc->before, .after = desc->after, .in_set = desc->in_set, .run_if = desc->run_if};
    fai_app_problems problems = {0};
    if (desc->start_canary != 0 || desc->end_canary != 0) {
        fai_app_problem(&problems, "a canary is not zero: was the desc zero-initialised?");
    } else {
        fai_place_check(app, &place, &problems);
    }
    if (problems.count > 0) {
        return fai_app_report(app, FA_CODE_FA103, FA_RESULT_INVALID_DESC, here, NULL, "%s: set '%s': %s",
                              call, set, problems.text);
    }
    fai_set_config *config = NULL;
    size_t bytes = sizeof *config + fai_place_name_bytes(&place) + FA_NAME_MAX + 1;
    if (!fai_ptrs_reserve(app, &found->configs, 1) ||
        (config = fai_app_alloc(app, app->tag, bytes, 0)) == NULL) {
        return fai_app_why(app);
    }
    char *text = (char *)(config + 1);
    config->name = fai_name_copy_to(&text, set);
    config->owner = app->current;
    config->here = here;
    config->chained = desc->chained;
    uint32_t types = app->types.count;
    result = fai_place_fill(app, &place, &config->place, &text, here);
    if (result != FA_RESULT_OK) {
        fai_app_free(app, config);
        fai_types_trim(app, types);
        return result;
    }
    found->configs.items[found->configs.count++] = config;
    found->dirty = true;
    return FA_RESULT_OK;
}

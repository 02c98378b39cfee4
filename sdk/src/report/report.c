/* report.c - when a snapshot is due, and how it gets to its file. */
#include "framealloc/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/layer.h"
#include "platform/file/file.h"

#define KEEP_MAX 100u
#define NS_PER_MS INT64_C(1000000)

struct fa_report {
    fa_report_desc desc; /* resolved; the paths point to those below */
    char path[FA_REPORT_PATH_MAX + 1];
    char request_path[FA_REPORT_PATH_MAX + 1];
    fa_snapshot snapshot;
    int64_t last_end_ns;   /* of the last frame end; 0: none */
    int64_t last_write_ns; /* 0: none */
    int64_t last_due_ns;   /* by interval */
    int64_t last_poll_ns;
    uint64_t written;
    int error_number;
    char error[1400];
};

/* ---- create, destroy ------------------------------------------------------------------------------------ */

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value != 0 ? value : fallback;
}

static const char *problem_of(const fa_report_desc *desc)
{
    if (desc->start_canary != 0 || desc->end_canary != 0) {
        return "fa_report_desc: a canary is not zero: was the desc zero-initialised?";
    }
    if (desc->path == NULL || desc->path[0] == '\0') {
        return "fa_report_desc: there is no path";
    }
    if (strlen(desc->path) > FA_REPORT_PATH_MAX ||
        (desc->request_path != NULL && strlen(desc->request_path) > FA_REPORT_PATH_MAX)) {
        return "fa_report_desc: a path is longer than FA_REPORT_PATH_MAX";
    }
    if (desc->keep_count > KEEP_MAX) {
        return "fa_report_desc: keep_count is above 100";
    }
    return NULL;
}

fa_result fai_report_create(fa_context *ctx, const fa_report_desc *desc, fa_report **out, const char *here)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    if (ctx == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    const char *problem =
        desc != NULL ? problem_of(desc) : "fa_report_desc: there is none; path has no default";
    if (problem != NULL) {
        fai_layer_report refusal = {.code = FA_CODE_FA103,
                                    .result = FA_RESULT_INVALID_DESC,
                                    .allocator = fa_context_allocator(ctx),
                                    .ctx = ctx,
                                    .here = here};
        return fai_layer_report_send(&refusal, "%s", problem);
    }
    fa_report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    report->desc = *desc;
    (void)snprintf(report->path, sizeof report->path, "%s", desc->path);
    report->desc.path = report->path;
    if (desc->request_path != NULL) {
        (void)snprintf(report->request_path, sizeof report->request_path, "%s", desc->request_path);
        report->desc.request_path = report->request_path;
    }
    report->desc.min_interval_ms = or_default(desc->min_interval_ms, 500);
    report->desc.request_poll_ms = or_default(desc->request_poll_ms, 250);
    report->desc.keep_count = or_default(desc->keep_count, 1);
    report->last_due_ns = fai_layer_now_ns();
    *out = report;
    return FA_RESULT_OK;
}

void fa_report_destroy(fa_report *report)
{
    if (report != NULL) {
        fa_snapshot_free(&report->snapshot);
        free(report);
    }
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static fa_result refuse_io(fa_report *report, const fai_file_error *error)
{
    char text[128];
    fai_file_error_text(error->number, text, sizeof text);
    report->error_number = error->number;
    (void)snprintf(report->error, sizeof report->error, "%s %s: %s (%d)", error->step, error->path, text,
                   error->number);
    return FA_RESULT_IO;
}

static const char *kept_name(const fa_report *report, uint32_t i, char *out, size_t capacity)
{
    if (i == 0) {
        return report->path;
    }
    (void)snprintf(out, capacity, "%s.%u", report->path, i);
    return out;
}

/* path -> path.1 -> path.2 ...; the last one is replaced. */
static bool rotate(const fa_report *report, fai_file_error *error)
{
    char from[FA_REPORT_PATH_MAX + 16];
    char to[FA_REPORT_PATH_MAX + 16];
    for (uint32_t i = report->desc.keep_count - 1; i-- > 0;) {
        if (!fai_file_rename(kept_name(report, i, from, sizeof from), kept_name(report, i + 1, to, sizeof to),
                             error)) {
            return false;
        }
    }
    return true;
}

/* The new file is complete before anything old moves: what fails leaves everything as it was. */
static bool put_file(const fa_report *report, const char *json, size_t length, fai_file_error *error)
{
    if (report->desc.keep_count == 1) {
        return fai_file_replace(report->path, json, length, error);
    }
    char fresh[FA_REPORT_PATH_MAX + 16];
    (void)snprintf(fresh, sizeof fresh, "%s.new", report->path);
    if (fai_file_kind_of(report->path) == FAI_FILE_OTHER) {
        return fai_file_rename(report->path, fresh, error); /* refused, with the reason */
    }
    if (!fai_file_replace(fresh, json, length, error)) {
        return false;
    }
    if (rotate(report, error) && fai_file_rename(fresh, report->path, error)) {
        return true;
    }
    fai_file_error ignored;
    (void)fai_file_remove(fresh, &ignored);
    return false;
}

static fa_result write_now(fa_report *report, fa_context *ctx, int64_t now, uint64_t duration_ns,
                           const char *here)
{
    fa_result result = fai_snapshot_capture(ctx, &report->snapshot, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    report->last_write_ns = now;
    report->snapshot.duration_ns = duration_ns;
    char *json = NULL;
    size_t length = fa_report_json(&report->snapshot, &json);
    if (json == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    fai_file_error error;
    bool done = put_file(report, json, length, &error);
    fa_report_json_free(json);
    if (!done) {
        return refuse_io(report, &error);
    }
    report->written++;
    report->error_number = 0;
    report->error[0] = '\0';
    return FA_RESULT_OK;
}

/* ---- when ----------------------------------------------------------------------------------------------- */

static bool too_soon(const fa_report *report, int64_t now)
{
    return report->last_write_ns != 0 &&
           now - report->last_write_ns < report->desc.min_interval_ms * NS_PER_MS;
}

/* Is there a request? It is removed, so that it asks once. */
static bool take_request(fa_report *report, int64_t now)
{
    fai_file_error error;
    if (report->desc.request_path == NULL ||
        now - report->last_poll_ns < report->desc.request_poll_ms * NS_PER_MS) {
        return false;
    }
    report->last_poll_ns = now;
    return fai_file_kind_of(report->request_path) == FAI_FILE_REGULAR &&
           fai_file_remove(report->request_path, &error);
}

fa_result fai_report_frame_end(fa_report *report, fa_context *ctx, const char *here)
{
    if (report == NULL || ctx == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    int64_t now = fai_layer_now_ns();
    uint64_t duration_ns = report->last_end_ns != 0 ? (uint64_t)(now - report->last_end_ns) : FA_UNKNOWN;
    report->last_end_ns = now;
    if (too_soon(report, now)) {
        return FA_RESULT_OK; /* a request waits until it may be served */
    }
    bool due =
        report->desc.interval_ms != 0 && now - report->last_due_ns >= report->desc.interval_ms * NS_PER_MS;
    if (due) {
        report->last_due_ns = now;
    }
    if (!due && !take_request(report, now)) {
        return FA_RESULT_OK;
    }
    return write_now(report, ctx, now, duration_ns, here);
}

fa_result fai_report_write(fa_report *report, fa_context *ctx, const char *here)
{
    if (report == NULL || ctx == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    int64_t now = fai_layer_now_ns();
    return too_soon(report, now) ? FA_RESULT_BUSY : write_now(report, ctx, now, FA_UNKNOWN, here);
}

/* ---- queries -------------------------------------------------------------------------------------------- */

const char *fa_report_error(const fa_report *report)
{
    return report->error;
}

int fa_report_error_number(const fa_report *report)
{
    return report->error_number;
}

uint64_t fa_report_written_count(const fa_report *report)
{
    return report->written;
}

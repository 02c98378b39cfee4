/* front.c - a translation unit: its declarations, their annotations, the constants' initialisers.
 *
 * libclang parses; every function that is defined in the user's files is lowered while the tree lives, and
 * the tree is given back at once. Declarations are looked up when they are first named, so system headers
 * cost nothing beyond their parse. A file with errors is reported and not analysed: its tree is full of
 * guesses. */
#include "front/front.h"
#include "front/lower.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOURCE_BYTES_MAX ((size_t)64 << 20)

const char *word_take(CXString s)
{
    const char *t = clang_getCString(s);
    const char *w = t ? word(t) : NULL;
    clang_disposeString(s);
    return w;
}

/* ---- children */

static enum CXChildVisitResult gather_kid(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    front *f = data;
    vec_push(&f->kids, c);
    return CXChildVisit_Continue;
}

kids kids_of(lowering *l, CXCursor c)
{
    front *f = l->front;
    f->kids.count = 0;
    clang_visitChildren(c, gather_kid, f);
    kids k = {.count = f->kids.count};
    k.at = pile_take(&l->scratch, (size_t)(k.count + 1) * sizeof *k.at);
    if (k.count) {
        memcpy(k.at, f->kids.at, (size_t)k.count * sizeof *k.at);
    }
    return k;
}

/* ---- places */

static uint32_t file_index(front *f, CXFile file)
{
    bool fresh;
    uint32_t *slot = map64_at(&f->files, (uint64_t)(uintptr_t)file, &fresh);
    if (fresh) {
        const char *name = word_take(clang_getFileName(file));
        char *whole = path_absolute(NULL, name ? name : "");
        const char *known = word(whole);
        mem_free(whole);
        *slot = (uint32_t)f->file_names.count;
        vec_push(&f->file_names, known);
        vec_push(&f->file_texts, NULL);
        bool sdk = strstr(known, "/framealloc/") != NULL && ends_with(known, ".h");
        vec_push(&f->file_kinds, sdk ? 2 : 0);
    }
    return *slot;
}

static const char *file_name(front *f, CXFile file)
{
    uint32_t index = file_index(f, file);
    return f->file_names.at[index];
}

place place_of(front *f, CXCursor c)
{
    place at = {.file = ""};
    CXFile file;
    clang_getExpansionLocation(clang_getCursorLocation(c), &file, &at.line, &at.column, NULL);
    if (file) {
        at.file = file_name(f, file);
    }
    return at;
}

bool is_system(front *f, CXCursor c)
{
    (void)f;
    return clang_Location_isInSystemHeader(clang_getCursorLocation(c));
}

const char *file_text(front *f, const char *file)
{
    for (int i = 0; i < f->file_names.count; i++) {
        if (f->file_names.at[i] == file) {
            if (!f->file_texts.at[i]) {
                f->file_texts.at[i] = file_read(file, SOURCE_BYTES_MAX, NULL);
            }
            return f->file_texts.at[i];
        }
    }
    return NULL;
}

/* ---- the unit */

static enum CXChildVisitResult find_body(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (c.kind == CXCursor_CompoundStmt) {
        *(CXCursor *)data = c;
        return CXChildVisit_Break;
    }
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult see_top_level(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    front *f = data;
    if (c.kind == CXCursor_VarDecl && clang_isCursorDefinition(c) && !is_system(f, c)) {
        global_of(f, c);
    }
    if (c.kind != CXCursor_FunctionDecl || is_system(f, c)) {
        return CXChildVisit_Continue;
    }
    func *fn = func_of(f, c);
    bool wanted = !fn->in_sdk || (fn->roles & (ROLE(TAG_PUSH) | ROLE(TAG_POP))) ||
                  ends_with(fn->name, "_make"); /* an SDK structure that remembers its context */
    if (!clang_isCursorDefinition(c) || fn->has_body || !wanted) {
        return CXChildVisit_Continue;
    }
    CXCursor body = clang_getNullCursor();
    clang_visitChildren(c, find_body, &body);
    if (!clang_Cursor_isNull(body)) {
        fn->has_body = true;
        fn->at = place_of(f, c);
        fn->file = fn->at.file;
        lower_function(f, fn, body, c);
        flow_build(fn, &f->unit->pile);
    }
    return CXChildVisit_Continue;
}

static void add_problem(unit *u, const char *file, uint32_t line, uint32_t column, const char *text_)
{
    vec_push(&u->problems, (skip_note){word(file), word(text_), line, column});
}

static void see_diagnostics(front *f)
{
    unsigned n = clang_getNumDiagnostics(f->tu);
    for (unsigned i = 0; i < n && f->unit->problems.count < 20; i++) {
        CXDiagnostic d = clang_getDiagnostic(f->tu, i);
        if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
            CXFile file;
            unsigned line, column;
            clang_getExpansionLocation(clang_getDiagnosticLocation(d), &file, &line, &column, NULL);
            const char *text_ = word_take(clang_getDiagnosticSpelling(d));
            const char *name = file ? file_name(f, file) : f->unit->file;
            add_problem(f->unit, name, line, column, text_);
            f->unit->parsed = false;
        }
        clang_disposeDiagnostic(d);
    }
}

static void see_include(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    (void)stack;
    (void)depth;
    front *f = data;
    vec_push(&f->unit->includes, file_name(f, file));
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void front_free(front *f)
{
    for (int i = 0; i < f->file_texts.count; i++) {
        mem_free((void *)f->file_texts.at[i]);
    }
    vec_free(&f->file_texts);
    vec_free(&f->kids);
    vec_free(&f->file_names);
    vec_free(&f->file_kinds);
    vec_free(&f->known_funcs);
    vec_free(&f->known_globals);
    map64_free(&f->funcs);
    map64_free(&f->globals);
    map64_free(&f->usrs);
    map64_free(&f->names);
    map64_free(&f->files);
}

static bool acceptable(unit *u, const char *path)
{
    size_t length;
    char *bytes = file_read(path, SOURCE_BYTES_MAX, &length);
    if (!bytes) {
        add_problem(u, path, 0, 0, "the file cannot be read, or is larger than 64 MiB");
        return false;
    }
    bool binary = memchr(bytes, 0, length < 65536 ? length : 65536) != NULL;
    mem_free(bytes);
    if (binary) {
        add_problem(u, path, 0, 0, "the file is not text");
    }
    return !binary;
}

unit *front_read(const source_job *job)
{
    unit *u = mem_new(sizeof *u);
    u->file = job->file;
    if (job->refused) {
        add_problem(u, job->file, 0, 0, job->refused);
        return u;
    }
    if (!acceptable(u, job->file)) {
        return u;
    }
    front f = {.unit = u};
    double begin = now();
    CXIndex index = clang_createIndex(1, 0);
    enum CXErrorCode e = clang_parseTranslationUnit2(index, job->file, job->flags, job->flag_count, NULL, 0,
                                                     CXTranslationUnit_KeepGoing, &f.tu);
    u->parse_seconds = now() - begin;
    if (e != CXError_Success || !f.tu) {
        add_problem(u, job->file, 0, 0, e == CXError_Crashed ? "the parser crashed" : "the parser gave up");
        clang_disposeIndex(index);
        return u;
    }
    u->parsed = true;
    see_diagnostics(&f);
    clang_getInclusions(f.tu, see_include, &f);
    if (u->parsed) {
        clang_visitChildren(clang_getTranslationUnitCursor(f.tu), see_top_level, &f);
    }
    clang_disposeTranslationUnit(f.tu);
    clang_disposeIndex(index);
    front_free(&f);
    u->lower_seconds = now() - begin - u->parse_seconds;
    return u;
}

/* declare.c - functions and globals as they are first named: types, annotations, the initialisers of
 * constants. */
#include <stdio.h>
#include <string.h>

#include "front/lower.h"

#define INIT_CELLS_MAX 4096

/* ---- types */

const char *type_shape(CXType type)
{
    CXType plain = clang_getCanonicalType(type);
    switch ((int)plain.kind) {
    case CXType_Pointer: break;
    case CXType_ConstantArray:
    case CXType_IncompleteArray:
    case CXType_VariableArray: return "*array";
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return "fn";
    case CXType_Bool:
    case CXType_UChar:
    case CXType_Char_S:
    case CXType_Char_U:
    case CXType_SChar: return "byte";
    case CXType_Record: return "struct";
    default: return "int";
    }
    CXType to = clang_getPointeeType(plain);
    bool constant = clang_isConstQualifiedType(to);
    switch ((int)to.kind) {
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return "fn";
    case CXType_Void: return constant ? "*const void" : "*void";
    case CXType_UChar:
    case CXType_Char_S:
    case CXType_Char_U:
    case CXType_SChar: return constant ? "*const byte" : "*byte";
    case CXType_Record: break;
    default: return constant ? "*const other" : "*other";
    }
    const char *name = word_take(clang_getTypeSpelling(clang_getUnqualifiedType(to)));
    name = name && starts_with(name, "struct ") ? name + 7 : name;
    char shape[160];
    snprintf(shape, sizeof shape, "*%s%s", constant ? "const " : "", name ? name : "");
    return word(shape);
}

bool type_is_name(CXType type)
{
    if (!type_is_struct(type)) {
        return false;
    }
    CXString s = clang_getTypeSpelling(clang_getUnqualifiedType(clang_getCanonicalType(type)));
    const char *t = clang_getCString(s);
    t = t && starts_with(t, "struct ") ? t + 7 : t;
    bool name =
        t && (strcmp(t, "fa_handle") == 0 || strcmp(t, "fa_stream") == 0 || strcmp(t, "fa_ticket") == 0);
    clang_disposeString(s);
    return name;
}

/* ---- functions */

typedef struct attributes {
    role_set roles;
    int task_arg;
    bool other;
} attributes;

static enum CXChildVisitResult see_attribute(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    attributes *a = data;
    if (c.kind == CXCursor_AnnotateAttr) {
        CXString s = clang_getCursorSpelling(c);
        a->roles |= role_of_annotation(clang_getCString(s), &a->task_arg);
        clang_disposeString(s);
    } else if (c.kind == CXCursor_UnexposedAttr) {
        a->other = true;
    }
    return CXChildVisit_Continue;
}

static void find_context(func *f)
{
    static const struct {
        const char *type;
        ctx_kind kind;
    } known[] = {{"fa_shared_arena", CTX_ARENA},    {"fa_context", CTX_CONTEXT}, {"fa_arena", CTX_ARENA},
                 {"fa_system_context", CTX_SYSTEM}, {"fa_sys", CTX_SYSTEM},      {"fa_app", CTX_APP}};
    f->ctx_param = -1;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        for (int i = 0; i < f->param_count; i++) {
            const char *shape = f->param_types[i] + (f->param_types[i][0] == '*');
            if (f->param_types[i][0] == '*' &&
                strcmp(starts_with(shape, "const ") ? shape + 6 : shape, known[k].type) == 0) {
                f->ctx_param = i;
                f->ctx_kind = known[k].kind;
                return;
            }
        }
    }
    for (int i = 0; i < f->param_count; i++) {
        const char *s = f->param_types[i];
        if (s[0] == '*' && !text_has(s, "byte") && strcmp(s, "*array") != 0 && !text_has(s, "const void")) {
            f->ctx_param = i;
            f->ctx_kind = CTX_OTHER;
            return;
        }
    }
}

static void see_declaration(front *f, func *fn, CXCursor decl)
{
    attributes a = {0};
    clang_visitChildren(decl, see_attribute, &a);
    if (a.other || fn->in_system) {
        CXString s = clang_getTypeSpelling(clang_getCursorType(decl));
        fn->no_return |= strstr(clang_getCString(s), "noreturn") != NULL;
        clang_disposeString(s);
    }
    if (a.other && !fn->no_return) {
        CXString s = clang_getCursorPrettyPrinted(decl, NULL);
        const char *t = clang_getCString(s);
        const char *stop = t ? strchr(t, '{') : NULL, *at = t ? strstr(t, "oreturn") : NULL;
        fn->no_return = at && (!stop || at < stop);
        clang_disposeString(s);
    }
    bool sdk_name = starts_with(fn->name, "fa_") || starts_with(fn->name, "fai_");
    fn->roles |= a.roles;
    if (a.task_arg) {
        fn->task_arg = a.task_arg;
    }
    if (!a.roles || sdk_name) {
        fn->roles |= role_of_name(fn->name, fn->in_system);
        if (!fn->task_arg) {
            fn->task_arg = role_task_arg(fn->name);
        }
    }
    fn->no_return |= (fn->roles & ROLE(STOP)) != 0;
    (void)f;
}

static void see_type(func *fn, CXCursor decl, pile *p)
{
    CXType type = clang_getCursorType(decl), result = clang_getResultType(type);
    int count = clang_getNumArgTypes(type);
    fn->param_count = count < 0 ? 0 : count;
    fn->param_types = pile_take(p, (size_t)(fn->param_count + 1) * sizeof *fn->param_types);
    for (int i = 0; i < fn->param_count; i++) {
        fn->param_types[i] = type_shape(clang_getArgType(type, (unsigned)i));
    }
    fn->variadic = clang_isFunctionTypeVariadic(type);
    const char *shape = type_shape(result);
    fn->returns_pointer = shape[0] == '*';
    fn->returns_bool = strcmp(shape, "byte") == 0;
    fn->returns_ctx = text_has(shape, "fa_context") || text_has(shape, "fa_arena");
    find_context(fn);
}

func *func_of(front *f, CXCursor decl)
{
    bool fresh;
    uint32_t *slot = map64_at(&f->funcs, (uint64_t)(uintptr_t)decl.data[0], &fresh);
    if (!fresh) {
        return f->known_funcs.at[*slot];
    }
    const char *usr = word_take(clang_getCursorUSR(decl));
    func *fn = NULL;
    bool new_usr;
    uint32_t *by_usr = map64_at(&f->usrs, (uint64_t)(uintptr_t)usr, &new_usr);
    if (!new_usr) {
        *slot = *by_usr;
        fn = f->known_funcs.at[*by_usr];
    } else {
        fn = pile_take(&f->unit->pile, sizeof *fn);
        fn->usr = usr;
        fn->name = word_take(clang_getCursorSpelling(decl));
        fn->at = place_of(f, decl);
        fn->file = fn->at.file;
        fn->in_system = is_system(f, decl);
        fn->in_sdk = strstr(fn->file, "/framealloc/") != NULL && ends_with(fn->file, ".h");
        fn->unit = f->unit;
        fn->return_local = -1;
        see_type(fn, decl, &f->unit->pile);
        *slot = *by_usr = (uint32_t)f->known_funcs.count;
        *map64_at(&f->names, (uint64_t)(uintptr_t)fn->name, NULL) = *slot;
        vec_push(&f->known_funcs, fn);
        vec_push(&f->unit->funcs, fn);
    }
    see_declaration(f, fn, decl);
    return fn;
}

/* ---- globals */

typedef struct init_walk {
    front *front;
    global *g;
    VEC(const char *) path;
    lowering *l;
    int budget;
} init_walk;

static void walk_init(init_walk *w, CXCursor c, CXType type);

static void walk_item(init_walk *w, CXCursor item, CXType type, const char *step)
{
    vec_push(&w->path, step);
    walk_init(w, item, type);
    w->path.count--;
}

static enum CXVisitorResult gather_field(CXCursor field, CXClientData data)
{
    VEC(CXCursor) *fields = data;
    vec_push(fields, field);
    return CXVisit_Continue;
}

static const char *index_word(int64_t index)
{
    char text_[32];
    snprintf(text_, sizeof text_, "#%lld", (long long)index);
    return word(text_);
}

static void walk_list(init_walk *w, CXCursor list, CXType type)
{
    kids k = kids_of(w->l, list);
    VEC(CXCursor) fields = {0};
    CXType element = clang_getArrayElementType(type);
    if (type.kind == CXType_Record) {
        clang_Type_visitFields(type, gather_field, &fields);
    }
    int64_t position = 0;
    for (int i = 0; i < k.count && w->budget > 0; i++, position++) {
        CXCursor item = k.at[i];
        if (item.kind == CXCursor_UnexposedExpr && clang_getCursorType(item).kind == CXType_Void) {
            kids d = kids_of(w->l, item);
            if (d.count == 2 && d.at[0].kind == CXCursor_MemberRef) {
                CXCursor field = clang_getCursorReferenced(d.at[0]);
                for (int n = 0; n < fields.count; n++) {
                    position = clang_equalCursors(fields.at[n], field) ? n : position;
                }
                walk_item(w, d.at[1], clang_getCursorType(field), word_take(clang_getCursorSpelling(field)));
            } else if (d.count == 2 && evaluate(d.at[0], &position)) {
                walk_item(w, d.at[1], element, index_word(position));
            }
        } else if (position < fields.count) {
            CXCursor field = fields.at[position];
            walk_item(w, item, clang_getCursorType(field), word_take(clang_getCursorSpelling(field)));
        } else {
            walk_item(w, item, element, index_word(position));
        }
    }
    vec_free(&fields);
}

static void walk_init(init_walk *w, CXCursor c, CXType type)
{
    CXCursor bare = strip(w->l, c);
    CXType plain = clang_getCanonicalType(type);
    if (bare.kind == CXCursor_CStyleCastExpr) {
        kids k = kids_of(w->l, bare);
        bare = k.count ? strip(w->l, k.at[k.count - 1]) : bare;
    }
    if (bare.kind == CXCursor_InitListExpr && (type_is_struct(plain) || type_is_array(plain))) {
        walk_list(w, bare, plain);
        return;
    }
    if (bare.kind == CXCursor_UnaryOperator) { /* &function, &object */
        kids k = kids_of(w->l, bare);
        bare = k.count ? strip(w->l, k.at[0]) : bare;
    }
    init_cell cell = {0};
    if (bare.kind == CXCursor_DeclRefExpr) {
        CXCursor decl = clang_getCursorReferenced(bare);
        if (decl.kind == CXCursor_FunctionDecl) {
            cell.func = func_of(w->front, decl);
        } else if (decl.kind == CXCursor_EnumConstantDecl && w->g->is_const) {
            cell.value = clang_getEnumConstantDeclValue(decl);
        } else if (decl.kind == CXCursor_VarDecl) {
            cell.global = global_of(w->front, decl);
        } else {
            return;
        }
    } else if (bare.kind == CXCursor_StringLiteral) {
        CXString s = clang_getCursorSpelling(bare);
        const char *t = clang_getCString(s);
        size_t n = t ? strlen(t) : 0;
        cell.text = n >= 2 ? word_n(t + 1, n - 2) : NULL;
        clang_disposeString(s);
    } else if (!w->g->is_const || !evaluate(bare, &cell.value)) {
        return;
    }
    for (int i = 0; i < w->path.count; i++) {
        vec_push(&cell.path, w->path.at[i]);
    }
    vec_push(&w->g->init, cell);
    w->budget--;
}

static void see_initialiser(front *f, global *g, CXCursor decl)
{
    CXCursor init = clang_Cursor_getVarDeclInitializer(decl);
    if (clang_Cursor_isNull(init)) {
        return;
    }
    lowering l = {.front = f, .pile = &f->unit->pile};
    init_walk w = {.front = f, .g = g, .l = &l, .budget = INIT_CELLS_MAX};
    walk_init(&w, init, clang_getCursorType(decl));
    vec_free(&w.path);
    pile_free(&l.scratch);
}

global *global_of(front *f, CXCursor decl)
{
    bool fresh;
    uint32_t *slot = map64_at(&f->globals, (uint64_t)(uintptr_t)decl.data[0], &fresh);
    if (!fresh) {
        return f->known_globals.at[*slot];
    }
    const char *usr = word_take(clang_getCursorUSR(decl));
    bool new_usr;
    uint32_t *by_usr = map64_at(&f->usrs, (uint64_t)(uintptr_t)usr, &new_usr);
    if (!new_usr && usr && *usr) {
        *slot = *by_usr;
        return f->known_globals.at[*slot];
    }
    global *g = pile_take(&f->unit->pile, sizeof *g);
    g->usr = usr && *usr ? usr : word("");
    g->name = word_take(clang_getCursorSpelling(decl));
    g->at = place_of(f, decl);
    CXType type = clang_getCursorType(decl);
    g->is_const = clang_isConstQualifiedType(type_is_array(type) ? clang_getArrayElementType(type) : type);
    *slot = *by_usr = (uint32_t)f->known_globals.count;
    vec_push(&f->known_globals, g);
    vec_push(&f->unit->globals, g);
    if (!is_system(f, decl)) {
        see_initialiser(f, g, decl);
    }
    return g;
}

/* lower_stmt.c - statements, scopes and jumps.
 *
 * A scope is a run of the scope stack; leaving it, by whatever way, ends its locals in reverse order and
 * calls their cleanup functions. A goto's way out is only known once its label has been seen, so it gets a
 * block of its own that is filled at the end. */
#include "front/lower.h"

#include <string.h>

/* ---- scopes */

static void end_item(lowering *l, const scope_item *item, int returned, place at)
{
    if (item->cleanup) {
        int address = new_reg(l);
        emit(l, OP_LOCAL, address, -1, item->local, at);
        call *made = pile_take(l->pile, sizeof *made);
        made->target = item->cleanup;
        made->through = -1;
        made->arg_count = 1;
        made->args = pile_take(l->pile, sizeof *made->args);
        made->arg_types = pile_take(l->pile, sizeof *made->arg_types);
        made->args[0] = address;
        int dst = new_reg(l);
        emit(l, OP_CALL, dst, -1, -1, at)->call = made;
        l->f->locals.at[item->local].address_taken = true;
    }
    emit(l, OP_SCOPE_END, -1, returned, item->local, at);
}

static void unwind(lowering *l, int depth, int returned, place at)
{
    for (int i = l->scopes.count - 1; i >= depth && is_open(l); i--) {
        end_item(l, &l->scopes.at[i], returned, at);
    }
}

void leave_scope(lowering *l, int depth, place at)
{
    unwind(l, depth, -1, at);
    l->scopes.count = depth;
}

place end_place(front *f, CXCursor c)
{
    place at = place_of(f, c);
    CXFile file;
    unsigned line, column;
    clang_getExpansionLocation(clang_getRangeEnd(clang_getCursorExtent(c)), &file, &line, &column, NULL);
    if (line >= at.line) {
        at.line = line;
        at.column = column > 1 ? column - 1 : column;
    }
    return at;
}

/* ---- declarations */

static func *cleanup_of(lowering *l, CXCursor decl)
{
    CXString s = clang_getCursorPrettyPrinted(decl, NULL);
    const char *printed = clang_getCString(s), *at = printed ? strstr(printed, "cleanup(") : NULL;
    func *found = NULL;
    if (at) {
        at += strlen("cleanup(");
        const char *name = word_n(at, strcspn(at, ")"));
        const uint32_t *known = map64_find(&l->front->names, (uint64_t)(uintptr_t)name);
        found = known ? l->front->known_funcs.at[*known] : NULL;
    }
    clang_disposeString(s);
    if (found) {
        vec_push(&l->f->called, found);
    }
    return found;
}

static void declare(lowering *l, CXCursor decl)
{
    CXType type = clang_getCursorType(decl);
    if (clang_Cursor_getStorageClass(decl) == CX_SC_Static ||
        clang_Cursor_getStorageClass(decl) == CX_SC_Extern) {
        global *g = global_of(l->front, decl);
        g->is_static_local = true;
        return;
    }
    const char *name = word_take(clang_getCursorSpelling(decl));
    int local = new_local(l, name, type);
    bool fresh;
    *map64_at(&l->locals, (uint64_t)(uintptr_t)decl.data[0], &fresh) = (uint32_t)local;
    kids k = kids_of(l, decl);
    func *cleanup = NULL;
    for (int i = 0; i < k.count; i++) {
        if (k.at[i].kind == CXCursor_UnexposedAttr && !cleanup) {
            cleanup = cleanup_of(l, decl);
        }
    }
    CXCursor init = clang_Cursor_getVarDeclInitializer(decl);
    if (!clang_Cursor_isNull(init)) {
        place at = place_of(l->front, decl);
        CXCursor bare = strip(l, init);
        if (bare.kind == CXCursor_InitListExpr && (type_is_struct(type) || type_is_array(type))) {
            int address = new_reg(l);
            emit(l, OP_LOCAL, address, -1, local, at);
            lower_initialiser(l, address, bare, type);
        } else if (!type_is_array(type)) {
            int value = lower_rvalue(l, init);
            int address = new_reg(l);
            emit(l, OP_LOCAL, address, -1, local, at);
            emit(l, OP_STORE, -1, address, value, at)->flags |= INSTR_INIT;
        }
    }
    vec_push(&l->scopes, (scope_item){local, cleanup});
}

static void lower_declarations(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    for (int i = 0; i < k.count; i++) {
        if (k.at[i].kind == CXCursor_VarDecl) {
            declare(l, k.at[i]);
        }
    }
}

/* ---- choices */

static void lower_if(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (k.count < 2) {
        return;
    }
    int yes = emit_block(l, at), no = emit_block(l, at), join = k.count > 2 ? emit_block(l, at) : no;
    lower_condition(l, k.at[0], yes, no);
    start_block(l, yes, true);
    lower_statement(l, k.at[1]);
    emit_goto(l, join);
    if (k.count > 2) {
        start_block(l, no, true);
        lower_statement(l, k.at[2]);
        emit_goto(l, join);
    }
    start_block(l, join, true);
}

static void lower_switch(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (k.count < 2) {
        return;
    }
    int depth = l->scopes.count, outer = l->switch_block;
    int value = lower_rvalue(l, k.at[0]);
    int out = emit_block(l, at);
    block *b = &l->f->blocks.at[l->block];
    if (is_open(l)) {
        b->term = TERM_SWITCH;
        b->reg = value;
        b->to[0] = out;
    }
    l->switch_block = l->block;
    int inherited = l->targets.count ? l->targets.at[l->targets.count - 1].continue_to : -1;
    int inherited_scopes = l->targets.count ? l->targets.at[l->targets.count - 1].continue_scopes : 0;
    vec_push(&l->targets, (target){out, inherited, depth, inherited_scopes});
    start_block(l, emit_block(l, at), true); /* what stands before the first case is never reached */
    lower_statement(l, k.at[1]);
    emit_goto(l, out);
    l->targets.count--;
    l->switch_block = outer;
    start_block(l, out, true);
}

static void lower_case(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int here = emit_block(l, at);
    emit_goto(l, here);
    start_block(l, here, true);
    if (l->switch_block >= 0) {
        block *b = &l->f->blocks.at[l->switch_block];
        int64_t low = 0, high = 0;
        if (c.kind == CXCursor_DefaultStmt) {
            b->to[0] = here;
        } else if (k.count >= 1 && evaluate(k.at[0], &low)) {
            high = low;
            if (k.count > 2) {
                evaluate(k.at[1], &high);
            }
            vec_push(&b->cases, (switch_case){low, high, here});
        }
    }
    if (k.count) {
        lower_statement(l, k.at[k.count - 1]);
    }
}

/* ---- jumps */

static label *label_named(lowering *l, const char *name)
{
    for (int i = 0; i < l->labels.count; i++) {
        if (l->labels.at[i].name == name) {
            return &l->labels.at[i];
        }
    }
    return NULL;
}

static scope_item *scopes_copy(lowering *l)
{
    scope_item *copy = pile_take(l->pile, (size_t)(l->scopes.count + 1) * sizeof *copy);
    for (int i = 0; i < l->scopes.count; i++) {
        copy[i] = l->scopes.at[i];
    }
    return copy;
}

static void lower_label(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int here = emit_block(l, at);
    emit_goto(l, here);
    start_block(l, here, true);
    vec_push(&l->labels,
             (label){word_take(clang_getCursorSpelling(c)), here, scopes_copy(l), l->scopes.count});
    if (k.count) {
        lower_statement(l, k.at[k.count - 1]);
    }
}

static void lower_goto(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (!k.count || !is_open(l)) {
        return;
    }
    int edge = emit_block(l, at);
    emit_goto(l, edge);
    vec_push(&l->jumps,
             (jump){edge, word_take(clang_getCursorSpelling(k.at[0])), scopes_copy(l), l->scopes.count, at});
    start_block(l, emit_block(l, at), true);
}

static void resolve_jumps(lowering *l)
{
    for (int i = 0; i < l->jumps.count; i++) {
        jump *j = &l->jumps.at[i];
        label *to = label_named(l, j->label);
        l->block = j->from;
        l->next_reg = 0;
        int shared = 0;
        while (to && shared < to->scope_count && shared < j->scope_count &&
               to->scopes[shared].local == j->scopes[shared].local) {
            shared++;
        }
        for (int k = j->scope_count - 1; k >= shared; k--) {
            end_item(l, &j->scopes[k], -1, j->at);
        }
        if (to) {
            emit_goto(l, to->block);
        } else {
            l->f->blocks.at[j->from].term = TERM_STOP;
        }
    }
}

static void lower_break(lowering *l, CXCursor c)
{
    place at = place_of(l->front, c);
    if (!l->targets.count) {
        return;
    }
    target to = l->targets.at[l->targets.count - 1];
    bool is_break = c.kind == CXCursor_BreakStmt;
    unwind(l, is_break ? to.break_scopes : to.continue_scopes, -1, at);
    int dest = is_break ? to.break_to : to.continue_to;
    if (dest >= 0) {
        emit_goto(l, dest);
    }
    start_block(l, emit_block(l, at), true);
}

static void lower_return(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int value = -1;
    if (k.count) {
        CXType type = clang_getCursorType(k.at[0]);
        value = lower_rvalue(l, k.at[0]);
        if (type_is_struct(type)) {
            if (l->f->return_local < 0) {
                l->f->return_local = new_local(l, "the value returned", type);
            }
            int address = new_reg(l), copy = new_reg(l);
            emit(l, OP_LOCAL, address, -1, l->f->return_local, at);
            emit(l, OP_STORE, -1, address, value, at);
            emit(l, OP_LOAD_STRUCT, copy, address, -1, at);
            value = copy;
        }
    }
    unwind(l, 0, value, at);
    if (is_open(l)) {
        block *b = &l->f->blocks.at[l->block];
        b->term = TERM_RETURN;
        b->reg = value;
        b->at = at;
        b->explicit_return = true;
    }
    start_block(l, emit_block(l, at), true);
}

/* ---- statements */

static void lower_compound(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    int depth = l->scopes.count;
    for (int i = 0; i < k.count; i++) {
        lower_statement(l, k.at[i]);
    }
    leave_scope(l, depth, end_place(l->front, c));
}

int lower_statement_value(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    int depth = l->scopes.count, value = -1;
    for (int i = 0; i < k.count; i++) {
        if (i == k.count - 1 && k.at[i].kind >= CXCursor_FirstExpr && k.at[i].kind <= CXCursor_LastExpr) {
            value = lower_rvalue(l, k.at[i]);
        } else {
            lower_statement(l, k.at[i]);
        }
    }
    unwind(l, depth, value, place_of(l->front, c));
    l->scopes.count = depth;
    return value;
}

static void lower_statement_kind(lowering *l, CXCursor c)
{
    kids k;
    switch ((int)c.kind) {
    case CXCursor_CompoundStmt: lower_compound(l, c); break;
    case CXCursor_DeclStmt: lower_declarations(l, c); break;
    case CXCursor_IfStmt: lower_if(l, c); break;
    case CXCursor_ForStmt: lower_for(l, c); break;
    case CXCursor_WhileStmt: lower_while(l, c); break;
    case CXCursor_DoStmt: lower_do(l, c); break;
    case CXCursor_SwitchStmt: lower_switch(l, c); break;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt: lower_case(l, c); break;
    case CXCursor_LabelStmt: lower_label(l, c); break;
    case CXCursor_GotoStmt: lower_goto(l, c); break;
    case CXCursor_BreakStmt:
    case CXCursor_ContinueStmt: lower_break(l, c); break;
    case CXCursor_ReturnStmt: lower_return(l, c); break;
    case CXCursor_NullStmt: break;
    case CXCursor_UnexposedStmt: /* an attributed statement */
        k = kids_of(l, c);
        for (int i = 0; i < k.count; i++) {
            lower_statement(l, k.at[i]);
        }
        break;
    default:
        if (c.kind >= CXCursor_FirstExpr && c.kind <= CXCursor_LastExpr) {
            lower_rvalue(l, c);
        }
        break;
    }
}

void lower_statement(lowering *l, CXCursor c)
{
    int base = l->next_reg;
    if (++l->depth <= LOWER_DEPTH_MAX) {
        if (base == 0 && is_open(l) && l->f->blocks.at[l->block].code.count > 400) {
            int next = emit_block(l, place_of(l->front,
                                              c)); /* keep blocks short: states are compared at their start */
            emit_goto(l, next);
            start_block(l, next, true);
        }
        lower_statement_kind(l, c);
    }
    l->depth--;
    l->next_reg = base;
}

void lower_function(front *f, func *fn, CXCursor body, CXCursor decl)
{
    lowering l = {.front = f, .f = fn, .pile = &f->unit->pile, .switch_block = -1};
    fn->return_local = -1;
    int params = clang_Cursor_getNumArguments(decl);
    for (int i = 0; i < params; i++) {
        CXCursor p = clang_Cursor_getArgument(decl, (unsigned)i);
        int local = new_local(&l, word_take(clang_getCursorSpelling(p)), clang_getCursorType(p));
        fn->locals.at[local].is_param = true;
        bool fresh;
        *map64_at(&l.locals, (uint64_t)(uintptr_t)p.data[0], &fresh) = (uint32_t)local;
        vec_push(&l.scopes, (scope_item){local, NULL});
    }
    start_block(&l, emit_block(&l, fn->at), true);
    lower_statement(&l, body);
    fn->end = end_place(f, body);
    l.next_reg = 0;
    unwind(&l, 0, -1, fn->end);
    if (is_open(&l)) {
        fn->blocks.at[l.block].term = TERM_RETURN;
        fn->blocks.at[l.block].at = fn->end;
    }
    resolve_jumps(&l);
    for (int b = 0; b < fn->blocks.count; b++) {
        if (fn->blocks.at[b].term == TERM_NONE) {
            fn->blocks.at[b].term = TERM_STOP;
        }
    }
    pile_free(&l.scratch);
    map64_free(&l.locals);
    vec_free(&l.scopes);
    vec_free(&l.targets);
    vec_free(&l.jumps);
    vec_free(&l.labels);
}

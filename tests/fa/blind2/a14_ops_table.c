/* A script machine: opcodes in a table; one row does what it should not. */
#include <framealloc/framealloc.h>

typedef struct vm { fa_context *ctx; int pc, sp; void *stack[32]; char *out; int halted; } vm;
typedef int (*op_fn)(vm *, int);
static int op_nop(vm *m, int a) { (void)a; return m->pc + 1; }
static int op_text(vm *m, int a)
{
    m->out = fa_frame_printf(m->ctx, "%d", a);
    return m->pc + 1;
}
static int op_new(vm *m, int a)
{
    m->stack[m->sp & 31] = fa_pool_alloc(m->ctx, (size_t)(a & 63) + 1, 8);
    m->sp++;
    return m->pc + 1;
}
static int op_halt(vm *m, int a)
{
    m->halted = a;
    return -1;
}
static const struct { const char *name; op_fn fn; int args; } opcodes[] = {
    {"nop", op_nop, 0}, {"text", op_text, 1}, {"new", op_new, 1}, {"halt", op_halt, 1}};

int vm_step(vm *m, const unsigned char *code)
{
    fa_frame_begin(m->ctx);
    int next = opcodes[code[m->pc] & 3].fn(m, code[m->pc + 1]); // expect: FA601
    fa_frame_end(m->ctx);
    m->pc = next;
    return next;
}

int vm_run(vm *m, const unsigned char *code)
{
    int n = 0;
    fa_frame_begin(m->ctx);
    while (m->pc >= 0) {
        m->pc = opcodes[code[m->pc] & 3].fn(m, code[m->pc + 1]);
        if (++n > 10000)
            return -1; // expect: FA603
    }
    m->out = NULL;
    fa_frame_end(m->ctx);
    return n;
}

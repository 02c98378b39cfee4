/* annotate.h - what a function does with memory, said in a form that people, compilers and `fa` can read.
 *
 * Under clang each macro becomes an `annotate` attribute with the string of the table below; elsewhere it
 * becomes nothing. Put them on your own wrappers and the analyser treats the wrapper like the call it wraps:
 *
 *     FA_RETURNS_FRAME void *my_temp(fa_context *ctx, size_t bytes);
 *
 * This header stands alone: `fa` shares it with the SDK, and nothing else.
 *
 *     macro                  string            meaning
 *     FA_BEGINS_FRAME        fa:begin_frame    opens a frame on the context it is given
 *     FA_ENDS_FRAME          fa:end_frame      ends the frame of the context it is given: its memory is dead
 *     FA_RETURNS_FRAME       fa:frame          returns memory that dies with the frame
 *     FA_RETURNS_POOL        fa:pool           returns a pool object, owned by the caller
 *     FA_FREES_POOL          fa:pool_free      frees a pool object
 *     FA_RETURNS_HEAP        fa:heap           returns a heap block, owned by the caller
 *     FA_FREES_HEAP          fa:heap_free      frees a heap block
 *     FA_PUSHES_TAG          fa:tag_push       opens a tag scope
 *     FA_POPS_TAG            fa:tag_pop        closes a tag scope
 *     FA_RETAINS             fa:retain         asks that a frame block be promoted when the frame ends
 *     FA_TRANSFERS           fa:transfer       hands a block over to another thread
 *     FA_RECEIVES            fa:receive        takes over a block that was handed over
 *     FA_WAITS_BARRIER       fa:barrier        waits at a frame barrier
 *     FA_SETS_BUDGET         fa:budget         sets a budget
 *     FA_SUSPENDS            fa:suspend        may suspend the caller beyond the frame (fiber, coroutine)
 *     FA_TASK_ARG(n)         fa:task_arg=n     runs argument n (counted from 1) as a task, later or elsewhere
 *     FA_JOINS               fa:join           returns only after the tasks it names have ended
 *     FA_BEGINS_SCRATCH      fa:scratch_begin  takes a mark in an arena
 *     FA_ENDS_SCRATCH        fa:scratch_end    rewinds to a mark: what came after it is dead
 */
#ifndef FRAMEALLOC_ANNOTATE_H
#define FRAMEALLOC_ANNOTATE_H

#if defined(__clang__)
#define FA_ANNOTATE(text) __attribute__((annotate(text)))
#else
#define FA_ANNOTATE(text)
#endif

#define FA_BEGINS_FRAME FA_ANNOTATE("fa:begin_frame")
#define FA_ENDS_FRAME FA_ANNOTATE("fa:end_frame")
#define FA_RETURNS_FRAME FA_ANNOTATE("fa:frame")
#define FA_RETURNS_POOL FA_ANNOTATE("fa:pool")
#define FA_FREES_POOL FA_ANNOTATE("fa:pool_free")
#define FA_RETURNS_HEAP FA_ANNOTATE("fa:heap")
#define FA_FREES_HEAP FA_ANNOTATE("fa:heap_free")
#define FA_PUSHES_TAG FA_ANNOTATE("fa:tag_push")
#define FA_POPS_TAG FA_ANNOTATE("fa:tag_pop")
#define FA_RETAINS FA_ANNOTATE("fa:retain")
#define FA_TRANSFERS FA_ANNOTATE("fa:transfer")
#define FA_RECEIVES FA_ANNOTATE("fa:receive")
#define FA_WAITS_BARRIER FA_ANNOTATE("fa:barrier")
#define FA_SETS_BUDGET FA_ANNOTATE("fa:budget")
#define FA_SUSPENDS FA_ANNOTATE("fa:suspend")
#define FA_TASK_ARG(n) FA_ANNOTATE("fa:task_arg=" #n)
#define FA_JOINS FA_ANNOTATE("fa:join")
#define FA_BEGINS_SCRATCH FA_ANNOTATE("fa:scratch_begin")
#define FA_ENDS_SCRATCH FA_ANNOTATE("fa:scratch_end")

#endif

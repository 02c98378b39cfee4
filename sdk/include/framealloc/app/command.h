/* command.h - changes of the world that a system notes down, and that are made later, in one order.
 *
 * Systems run side by side and iterate arrays; so they do not move entities, they record commands in the
 * frame memory of their thread. Commands are applied on the main thread, system by system in the order of the
 * schedule (when: system.h), so the world comes out the same whatever ran beside what. The id of an entity
 * is known at once, and does not depend on other systems either.
 *
 *     fa_entity e = FA_SPAWN(s, FA_V(Pos, {1, 2}), FA_V(Vel, {0, 1}));
 *     FA_ADD(s, e, Burning, {.seconds = 3});
 *     fa_cmd_despawn(s, other);
 *
 * They need an open frame (FA001 without one) and are lost if the system rolls the frame back past them
 * (FA606). A command whose entity is gone when its turn comes does nothing; it is counted. */
#ifndef FRAMEALLOC_APP_COMMAND_H
#define FRAMEALLOC_APP_COMMAND_H

#include "framealloc/app/sys.h"
#include "framealloc/app/world.h"

FA_EXTERN_C_BEGIN

/// Make an entity. Its components come in one go.
/// @return Its id: not alive before the command is applied, but good for other commands at once.
/// FA_ENTITY_NONE: no frame is open (FA001), no memory, or a condition or a piece asks (FA107).
/// [worker-thread]
FA_API fa_entity fai_cmd_spawn(fa_sys *s, const fa_part *parts, uint32_t count, const char *here);
#define fa_cmd_spawn(s) fai_cmd_spawn((s), NULL, 0, FA_HERE)
#define FA_SPAWN(s, ...)                               \
    fai_cmd_spawn((s), (const fa_part[]){__VA_ARGS__}, \
                  (uint32_t)(sizeof((const fa_part[]){__VA_ARGS__}) / sizeof(fa_part)), FA_HERE)

/// @return OK; STALE with FA111: it is gone already; NO_FRAME with FA001; OUT_OF_MEMORY, OVER_BUDGET, FULL as
/// fa_frame_alloc; REENTRANT with FA107: from a condition or a piece. Nothing is noted then.
/// [worker-thread]
FA_API fa_result fai_cmd_despawn(fa_sys *s, fa_entity entity, const char *here);
#define fa_cmd_despawn(s, entity) fai_cmd_despawn((s), (entity), FA_HERE)

/// Give it a component, or overwrite the one it has. @param value Copied now; NULL: zero bytes.
/// @return As fa_cmd_despawn. [worker-thread]
FA_API fa_result fai_cmd_add(fa_sys *s, fa_entity entity, const fa_type *type, const void *value,
                             const char *here);
#define fa_cmd_add(s, entity, type, value) fai_cmd_add((s), (entity), (type), (value), FA_HERE)
/// With a value written in place (C).
#define FA_ADD(s, entity, T, ...) fai_cmd_add((s), (entity), FA_T(T), &(const T)__VA_ARGS__, FA_HERE)

/// @return As fa_cmd_despawn. [worker-thread]
FA_API fa_result fai_cmd_remove(fa_sys *s, fa_entity entity, const fa_type *type, const char *here);
#define fa_cmd_remove(s, entity, type) fai_cmd_remove((s), (entity), (type), FA_HERE)

/// Anything else: @p fn is called on the main thread when its turn comes, with a copy of @p bytes bytes. It
/// may change the app and the world as an exclusive system may.
/// @return As fa_cmd_despawn. [worker-thread]
FA_API fa_result fai_cmd_call(fa_sys *s, void (*fn)(fa_app *app, void *data), const void *data, size_t bytes,
                              const char *here);
#define fa_cmd_call(s, fn, data, bytes) fai_cmd_call((s), (fn), (data), (bytes), FA_HERE)

FA_EXTERN_C_END

#endif

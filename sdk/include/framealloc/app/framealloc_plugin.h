/* framealloc_plugin.h - frame memory for systems, and the allocator as a resource.
 *
 * The counterpart of the original crate's Bevy plugin. It inserts the resource fa_memory, begins a memory
 * frame before the first system of First and ends it after the last system of Last. Startup and Shutdown have
 * a frame of their own each, from PreStartup to PostStartup and around Shutdown.
 *
 * An app without it works too: then systems have scratch and step memory, and frame memory only while you
 * hold a frame open yourself; elsewhere fa_sys_frame gives NULL with FA001.
 *
 * If you own the phases and leave First or Last out, the frame is put right at fa_app_frame_end, and FA102
 * says so. */
#ifndef FRAMEALLOC_APP_FRAMEALLOC_PLUGIN_H
#define FRAMEALLOC_APP_FRAMEALLOC_PLUGIN_H

#include "framealloc/app/plugin.h"
#include "framealloc/app/type.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// The resource. Systems have their context from fa_sys_ctx; this one is for what runs on the main thread.
typedef struct fa_memory {
    fa_allocator *allocator; ///< the app's allocator
    fa_context *ctx;         ///< the main thread's context
} fa_memory;

FA_API FA_TYPE_DECLARE(fa_memory);

/// The plugin, named "framealloc". Static: any number of apps may add it.
/// [any-thread]
FA_API const fa_plugin *fa_framealloc_plugin(void);

FA_EXTERN_C_END

#endif

/* framealloc.h - the whole core in one include. Each header below stands alone too. */
#ifndef FRAMEALLOC_FRAMEALLOC_H
#define FRAMEALLOC_FRAMEALLOC_H

#include "framealloc/allocator.h"
#include "framealloc/arena.h"
#include "framealloc/backing.h"
#include "framealloc/barrier.h"
#include "framealloc/base.h"
#include "framealloc/block.h"
#include "framealloc/bump.h"
#include "framealloc/context.h"
#include "framealloc/diagnostic.h"
#include "framealloc/diagnostics.h"
#include "framealloc/frame.h"
#include "framealloc/group.h"
#include "framealloc/handle.h"
#include "framealloc/heap.h"
#include "framealloc/log.h"
#include "framealloc/map.h"
#include "framealloc/pool.h"
#include "framealloc/result.h"
#include "framealloc/scratch.h"
#include "framealloc/speculation.h"
#include "framealloc/stats.h"
#include "framealloc/tag.h"
#include "framealloc/text.h"
#include "framealloc/threads.h"
#include "framealloc/typed_pool.h"
#include "framealloc/vector.h"
#include "framealloc/version.h"
#include "framealloc/worker.h"

#endif

/* app.h - the whole app layer and the core in one include. Each header below stands alone too. */
#ifndef FRAMEALLOC_APP_H
#define FRAMEALLOC_APP_H

#include "framealloc/framealloc.h"

#include "framealloc/app/access.h"
#include "framealloc/app/app.h"
#include "framealloc/app/command.h"
#include "framealloc/app/condition.h"
#include "framealloc/app/event.h"
#include "framealloc/app/figures.h"
#include "framealloc/app/framealloc_plugin.h"
#include "framealloc/app/hook.h"
#include "framealloc/app/monitor.h"
#include "framealloc/app/plan.h"
#include "framealloc/app/plugin.h"
#include "framealloc/app/plugin_group.h"
#include "framealloc/app/query.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/schedule.h"
#include "framealloc/app/set.h"
#include "framealloc/app/state.h"
#include "framealloc/app/subapp.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc/app/time.h"
#include "framealloc/app/type.h"
#include "framealloc/app/world.h"

#endif

/* codes_table.h - ENTRY(code, severity, category, title, meaning, hint, bad, good), in the order of the
 * codes. Included by codes.c only. */
ENTRY(FA201, ERROR, THREADING, "frame memory is given to another thread without a transfer",
      "A thread is started with a pointer into a frame, and it is not joined before that frame ends. The "
      "other thread\n"
      "then works on memory that is handed out again.",
      "join the thread before the frame ends, send the block with fa_transfer_send, or take the memory from "
      "the pool",
      "Job *job = FA_FRAME_NEW(ctx, Job);\npthread_create(&thread, NULL, work, job);\nfa_frame_end(ctx);",
      "Job *job = FA_FRAME_NEW(ctx, Job);\npthread_create(&thread, NULL, work, job);\npthread_join(thread, "
      "NULL);\n"
      "fa_frame_end(ctx);")
ENTRY(FA202, WARNING, THREADING, "a barrier waits for a participant that never comes",
      "The barrier was made for more participants than there are threads that wait at it, or one of them can "
      "leave\n"
      "without waiting. The others then wait until their time-out.",
      "count the threads that wait, the creating one included, and let every path of each of them wait",
      "fa_barrier_create(allocator, 3, &barrier);\n/* only this thread and one worker ever wait */",
      "fa_barrier_create(allocator, 2, &barrier);")
ENTRY(FA203, HINT, THREADING, "a thread allocates without a budget",
      "The thread attaches a context of its own and allocates, but no limit was set for it. One runaway "
      "thread can then\n"
      "take the memory of all.",
      "set frame_budget_bytes or pool_budget_bytes in its fa_context_desc, or a budget on its tag",
      "fa_context_attach(allocator, NULL, &ctx);\nfa_pool_alloc(ctx, 64, 8);",
      "fa_context_attach(allocator, &(fa_context_desc){.pool_budget_bytes = 1 << 20}, "
      "&ctx);\nfa_pool_alloc(ctx, 64, 8);")
ENTRY(FA204, WARNING, THREADING, "another thread's objects are freed without a bound",
      "A thread frees objects that others made, in a loop that nothing bounds. Each free is queued to the "
      "owner; a fast\n"
      "producer makes the queues grow without end.",
      "free at most a fixed number per round, or free in the owner's thread",
      "while ((p = queue_pop(queue)) != NULL) {\n    fa_pool_free(ctx, p);\n}",
      "for (int i = 0; i < 64 && (p = queue_pop(queue)) != NULL; i++) {\n    fa_pool_free(ctx, p);\n}")
ENTRY(FA205, ERROR, THREADING, "a frame ends while another thread may still use it",
      "A thread was given memory of this frame and has not been joined where the frame ends.",
      "join the thread, or wait at a barrier with it, before the frame ends",
      "pthread_create(&thread, NULL, work, job);\nfa_frame_end(ctx);\npthread_join(thread, NULL);",
      "pthread_create(&thread, NULL, work, job);\npthread_join(thread, NULL);\nfa_frame_end(ctx);")
ENTRY(FA301, HINT, BUDGETS, "the amount of memory is unbounded",
      "A loop allocates once per thing that the outside delivers, or a size comes from a file, the network "
      "or the\n"
      "environment, and nothing checks it. The outside then decides how much memory the program takes.",
      "compare the count or the size with a limit before allocating",
      "size_t n = strtoul(text, NULL, 10);\nfa_frame_alloc(ctx, n, 16);",
      "size_t n = strtoul(text, NULL, 10);\nif (n <= 4096) {\n    fa_frame_alloc(ctx, n, 16);\n}")
ENTRY(FA601, ERROR, DIRTYMEM, "a frame pointer escapes its frame",
      "A pointer into frame memory is still held by something that outlives the frame when the frame ends: a "
      "global, a\n"
      "parameter's target, a pool or heap object, the function's result.",
      "clear the pointer before the frame ends, copy the data, retain it, or take it from pool or heap",
      "static Enemy *target;\ntarget = FA_FRAME_NEW(ctx, Enemy);\nfa_frame_end(ctx);",
      "static Enemy *target;\ntarget = FA_FRAME_NEW(ctx, Enemy);\ntarget = NULL;\nfa_frame_end(ctx);")
ENTRY(FA602, WARNING, DIRTYMEM, "allocation in a hot loop",
      "A loop inside a frame allocates in every round. Each call is cheap, but the memory lies in pieces and "
      "the loop\n"
      "cannot be counted against a budget beforehand.",
      "allocate one array before the loop, reuse one block, or mark and rewind in each round",
      "for (int i = 0; i < count; i++) {\n    Hit *hit = FA_FRAME_NEW(ctx, Hit);\n}",
      "Hit *hits = FA_FRAME_ARRAY(ctx, Hit, count);\nfor (int i = 0; i < count; i++) {\n    hits[i].time = "
      "0;\n}")
ENTRY(FA603, ERROR, DIRTYMEM, "frame boundaries are missing or unbalanced",
      "On some path a frame is begun and not ended, ended twice, begun while one is open, or memory is asked "
      "for while\n"
      "none is open.",
      "pair each fa_frame_begin with one fa_frame_end on every path",
      "fa_frame_begin(ctx);\nif (paused) {\n    return;\n}\nfa_frame_end(ctx);",
      "fa_frame_begin(ctx);\nif (!paused) {\n    update();\n}\nfa_frame_end(ctx);")
ENTRY(FA604, WARNING, DIRTYMEM, "retention does not match its use",
      "A block is retained that is not frame memory, with a policy that does not fit what follows, twice, or "
      "never taken.",
      "retain frame memory once, take it after the frame's end, and free it by the family that the policy "
      "names",
      "id = fa_frame_retain(ctx, p, 64, 8, FA_RETAIN_SCRATCH, NULL);",
      "id = fa_frame_retain(ctx, p, 64, 8, FA_RETAIN_SCRATCH, \"replay\");")
ENTRY(FA605, ERROR, DIRTYMEM, "a discarded block is held beyond its frame",
      "The block was retained with the discard policy, that is, not kept; yet something still holds it when "
      "the frame\n"
      "ends, or it is taken afterwards.",
      "choose FA_RETAIN_POOL or FA_RETAIN_HEAP, or let go of the pointer before the frame ends",
      "fa_frame_retain(ctx, p, 64, 8, FA_RETAIN_DISCARD, NULL);\nglobal = p;\nfa_frame_end(ctx);",
      "id = fa_frame_retain(ctx, p, 64, 8, FA_RETAIN_HEAP, NULL);\nfa_frame_end(ctx);\n"
      "fa_retained_take(ctx, id, &global);")
ENTRY(
    FA606, ERROR, DIRTYMEM, "frame memory is used after the frame's end",
    "The frame has ended, or its memory was rewound; what the pointer leads to belongs to someone else now.",
    "use it before the end, copy it out, or retain it", "fa_frame_end(ctx);\nprintf(\"%d\", hit->damage);",
    "printf(\"%d\", hit->damage);\nfa_frame_end(ctx);")
ENTRY(FA607, ERROR, DIRTYMEM, "a pool or heap block is misused",
      "It is freed twice, used after it was freed or sent away, or freed by the function of another family.",
      "free each block once, by its own family, and forget the pointer",
      "fa_pool_free(ctx, enemy);\nenemy->health = 0;", "enemy->health = 0;\nfa_pool_free(ctx, enemy);")
ENTRY(FA608, WARNING, DIRTYMEM, "a pool or heap block is lost",
      "On some path the last pointer to the block goes away before the block is freed.",
      "free it on every path, or hand it to something that will",
      "Enemy *enemy = FA_POOL_NEW(ctx, Enemy);\nif (!ready) {\n    return;\n}\nfa_pool_free(ctx, enemy);",
      "Enemy *enemy = FA_POOL_NEW(ctx, Enemy);\nif (ready) {\n    use(enemy);\n}\nfa_pool_free(ctx, enemy);")
ENTRY(
    FA701, ERROR, ASYNC, "frame memory in a task or coroutine",
    "A function that runs as a task takes memory of a frame that it did not begin. The frame may end before "
    "the task\n"
    "does, or never be the task's own.",
    "begin and end a frame of the task's own context, or use the pool",
    "static void job(void *data)\n{\n    Item *item = FA_FRAME_NEW(data, Item);\n}\ntask_run(job, ctx);",
    "static void job(void *data)\n{\n    fa_frame_begin(data);\n    Item *item = FA_FRAME_NEW(data, Item);\n"
    "    fa_frame_end(data);\n}")
ENTRY(FA702, ERROR, ASYNC, "a frame pointer is live across a suspension point",
      "The function suspends and afterwards still uses a pointer into the frame. When it runs again, frames "
      "have passed.",
      "copy what is needed into locals before suspending, or take it anew afterwards",
      "Path *path = find_path(ctx);\nco_yield();\nwalk(path);",
      "Path *path = find_path(ctx);\nwalk(path);\nco_yield();")
ENTRY(FA703, ERROR, ASYNC, "a frame pointer is captured by a callback, timer or task",
      "The pointer is handed over together with a function that runs later, when the frame has ended.",
      "pass pool or heap memory that the callback frees, or remove the callback before the frame ends",
      "SDL_AddTimer(100, fade, FA_FRAME_NEW(ctx, Fade));", "SDL_AddTimer(100, fade, FA_POOL_NEW(ctx, Fade));")
ENTRY(FA801, WARNING, ARCHITECTURE, "a tag is not allowed in this module",
      "The configuration lists the tags of each module, and this one is not among them.",
      "use one of the module's own tags, or add this one to [tags.module_tags]",
      "/* src/ai/think.c */\nfa_tag_push(ctx, fa_tag_intern(allocator, \"misc\"));",
      "fa_tag_push(ctx, fa_tag_intern(allocator, \"ai\"));")
ENTRY(FA802, HINT, ARCHITECTURE, "an unknown tag",
      "The tag is not in the configuration's list: perhaps a slip of the pen.",
      "correct the spelling, or add it to known_tags", "fa_tag_intern(allocator, \"phisics\");",
      "fa_tag_intern(allocator, \"physics\");")
ENTRY(FA803, WARNING, ARCHITECTURE, "one module pushes another's tag",
      "The configuration gives this tag to another module; memory would be charged to the wrong place.",
      "push the module's own tag, and let the other module push its own",
      "/* src/render/draw.c */\nfa_tag_push(ctx, physics_tag);", "fa_tag_push(ctx, render_tag);")
ENTRY(FA804, WARNING, ARCHITECTURE, "tag scopes do not match",
      "On some path a tag is pushed and not popped, or popped without a push.", "use FA_TAG_SCOPE",
      "fa_tag_push(ctx, tag);\nif (done) {\n    return;\n}\nfa_tag_pop(ctx);",
      "FA_TAG_SCOPE(ctx, tag) {\n    if (done) {\n        return;\n    }\n}")
ENTRY(FA900, WARNING, TOOL, "a suppression that suppresses nothing",
      "A comment `fa-allow` names a code that is not reported on its line or the next. It would hide a later "
      "fault.",
      "remove the comment", "/* fa-allow(FA602): fixed long ago */\nint x = 0;", "int x = 0;")

"""gdb commands for framealloc:  (gdb) source sdk/tools/gdb/framealloc.py

    fa whatis PTR [ALLOCATOR]   what a pointer is: lifetime, tag, size, line, frame
    fa arenas [ALLOCATOR]       frames and arenas of every context: used, committed, reserved
    fa validate [ALLOCATOR]     check every structure

ALLOCATOR is an expression for a fa_allocator or a fa_context. Without it the stack is searched, from the selected
frame outwards and then among globals, for a variable that is one. The SDK must have been built with debug information.

`whatis` and `validate` call functions of the program; they need a live process, and one that was not stopped inside the
SDK (a lock that is held would be waited for). `arenas` only reads, and works on core files too.
"""
import gdb


def fail(text):
    raise gdb.GdbError("fa: " + text)


def as_allocator(value):
    """The allocator that a value is or belongs to, or None."""
    kind = value.type.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_PTR or int(value) == 0:
        return None
    name = kind.target().strip_typedefs().tag
    if name == "fa_allocator":
        return value
    if name == "fa_context":
        return value.cast(gdb.lookup_type("fai_context").pointer())["allocator"]
    return None


def symbols_around():
    frame = gdb.selected_frame()
    while frame is not None:
        try:
            block = frame.block()
        except RuntimeError:
            block = None
        while block is not None and not block.is_global:
            for symbol in block:
                if symbol.is_variable or symbol.is_argument:
                    yield symbol, frame
            block = block.superblock
        if block is not None:
            for symbol in block:
                if symbol.is_variable:
                    yield symbol, frame
        frame = frame.older()


def find_allocator(text):
    if text:
        found = as_allocator(gdb.parse_and_eval(text))
        return found if found is not None else fail(text + " is no allocator or context")
    for symbol, frame in symbols_around():
        try:
            found = as_allocator(symbol.value(frame))
            if found is not None and int(found["magic"]) == 0xFA110CA7012BEEF5:
                return found
        except (gdb.error, TypeError, ValueError):
            continue
    return fail("no allocator or context in sight: name one")


def text_of(value):
    return value.string("utf-8", "replace") if int(value) != 0 else "unknown"


def number(value):
    return "{:,}".format(int(value))


class Fa(gdb.Command):
    """framealloc: fa whatis PTR, fa arenas, fa validate"""

    def __init__(self):
        super().__init__("fa", gdb.COMMAND_DATA, prefix=True)


class Whatis(gdb.Command):
    """fa whatis PTR [ALLOCATOR]: lifetime, tag, size, line and frame of the block that a pointer points into"""

    def __init__(self):
        super().__init__("fa whatis", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not 1 <= len(words) <= 2:
            fail("usage: fa whatis PTR [ALLOCATOR]")
        allocator = find_allocator(words[1] if len(words) == 2 else "")
        pointer = int(gdb.parse_and_eval(words[0]))
        kind = gdb.lookup_type("fa_block_info")
        room = int(gdb.parse_and_eval("((void *(*)(unsigned long))malloc)({})".format(kind.sizeof)))
        result = gdb.parse_and_eval("(int)fa_allocator_find((fa_allocator *){}, (void *){}, (fa_block_info *){})".format(
            int(allocator), pointer, room))
        if int(result) != 0:
            print("{:#x} is not memory of allocator {}".format(pointer, text_of(allocator["desc"]["name"])))
        else:
            self.tell(pointer, gdb.Value(room).cast(kind.pointer()).dereference())
        gdb.parse_and_eval("((void (*)(void *))free)((void *){})".format(room))

    def tell(self, pointer, info):
        lifetime = str(info["lifetime"]).replace("FA_LIFETIME_", "").lower().replace("_", " ")
        state = "live" if info["live"] else "dead"
        print("{:#x}: {} memory, {}".format(pointer, lifetime, state))
        start = int(info["start"])
        if start != 0:
            print("  {} bytes into a block of {} bytes at {:#x}".format(pointer - start, number(info["bytes"]), start))
        print("  tag {}".format(text_of(info["tag"])))
        print("  allocated at {}".format(text_of(info["here"])))
        if int(info["free_here"]) != 0:
            print("  freed at {}".format(text_of(info["free_here"])))
        if int(info["owner"]) != 0:
            print("  of {}".format(text_of(info["owner"])))
        if int(info["frame"]) != 0:
            died = int(info["died_frame"])
            print("  frame {}{}".format(int(info["frame"]), ", ended in frame {}".format(died) if died else ""))


class Arenas(gdb.Command):
    """fa arenas [ALLOCATOR]: frames and arenas of every context"""

    def __init__(self):
        super().__init__("fa arenas", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        allocator = find_allocator(argument.strip())
        print("allocator {}".format(text_of(allocator["desc"]["name"])))
        context = allocator["contexts"]
        while int(context) != 0:
            self.tell_context(context)
            context = context["next"]

    def tell_context(self, context):
        cursor = int(context["head"]["cursor"])
        is_open = cursor != 1
        print("  context {}, thread {}, frame {} {}".format(
            context["name"].string(), context["thread_name"].string(), int(context["frame_index"]),
            "open" if is_open else "ended"))
        for i in range(int(context["frames_in_flight"])):
            extent = context["extents"][i]
            current = is_open and int(context["extent"]) == int(extent.address)
            self.tell("frame memory", extent, cursor - int(extent["start"]) if current else 0)
        arena = context["arenas"]
        arena_type = gdb.lookup_type("fai_arena").pointer()
        while int(arena) != 0:
            arena = arena.cast(arena_type)
            used = int(arena["head"]["cursor"]) - int(arena["extent"]["start"])
            self.tell("arena " + arena["name"].string(), arena["extent"], used)
            arena = arena["next"]

    def tell(self, name, extent, used):
        base = int(extent["base"])
        print("    {:<24} {:#x}  used {}  committed {}  reserved {}".format(
            name, base, number(used), number(int(extent["committed_end"]) - base), number(extent["reserved_bytes"])))


class Validate(gdb.Command):
    """fa validate [ALLOCATOR]: check every structure"""

    def __init__(self):
        super().__init__("fa validate", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        allocator = find_allocator(argument.strip())
        sound = gdb.parse_and_eval("(int)fa_allocator_validate((fa_allocator *){})".format(int(allocator)))
        print("sound" if int(sound) & 0xFF else "damaged: see the report above")


Fa()
Whatis()
Arenas()
Validate()

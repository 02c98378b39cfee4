/* deferred.pml - sdk/src/core/remote.c: objects freed by threads that do not own them, and an owner who leaves.
 *
 * Three producers free two blocks each; two of them race for one block. Each gathers a parcel and posts it when it is full, when
 * it likes (a frame boundary), and at its end; when there is no memory for a parcel, the block is only marked; when a bounded
 * queue has no room for a parcel, its blocks are marked where they are. The owner takes its mail in, processes it at once or
 * later (a few at a time), parks, and may be followed by another thread that takes the context over. Atomic operations of the
 * code are single steps; what runs under the contexts lock holds a lock here.
 *
 * Claims: every block comes home exactly once, whoever leaves first; of two racing frees one wins; the owner's lists are
 * touched by one thread at a time.
 *
 * Mutants: 1 posting is a load and a store, 2 claiming a block is a load and a store, 3 collecting is a load and a store, 4
 * the poster looks whether somebody is home before it posts, 5 a producer's end posts nothing, 6 posting loses the mark,
 * 7 collecting for a parked owner takes no lock, 8 who parks collects before it says so, 9 the owner is not told of blocks
 * that are freed in place, 10 it is told before they are, 11 who parks forgets what it has taken in and not processed. */
c_decl { \#include "mutant.h" }

#define PRODUCERS 3
#define BLOCKS 5
#define PARCELS 7 /* two for each producer; 0: none */

#define LIVE 0
#define QUEUED 1
#define MARKED 2
#define FREE 3

byte mutant;
byte state_of[BLOCKS];
byte came_home[BLOCKS]; /* ghost */
byte wins[BLOCKS];      /* ghost: frees that returned OK */

byte content[PARCELS * 2];
byte filled[PARCELS];
byte next_of[PARCELS];
byte mail; /* newest parcel */
bool mail_marked;

bool parked;
bool locked;
bool in_lists; /* ghost: somebody works on the owner's lists */
byte producers_left = PRODUCERS;

inline class_free(b)
{
    state_of[b] = FREE;
    came_home[b]++;
    assert(came_home[b] <= 1)
}

/* Posted parcels are nobody else's: after the exchange only the lists of the owner are shared. What lies between two steps that
 * others can see is joined to one of them. */
inline take_mail() { got = mail; got_mark = mail_marked; mail = 0; mail_marked = false }

inline free_what_it_says(release)
{
    if
    :: got != 0 || got_mark ->
        atomic { assert(!in_lists); in_lists = true };
        atomic {
            at = 0;
            do
            :: got_mark && at < BLOCKS ->
                if
                :: state_of[at] == MARKED -> class_free(at)
                :: else
                fi;
                at++
            :: else -> break
            od;
            do
            :: got == 0 -> break
            :: else ->
                at = 0;
                do
                :: at < filled[got] -> class_free(content[got * 2 + at]); content[got * 2 + at] = 0; at++
                :: else -> break
                od;
                filled[got] = 0;
                at = next_of[got];
                next_of[got] = 0; /* what is over must not tell states apart */
                got = at
            od;
            at = 0;
            got_mark = false;
            in_lists = false;
            if
            :: release -> locked = false
            :: else
            fi
        }
    :: else ->
        if
        :: release -> locked = false
        :: else
        fi
    fi
}

/* The owner's own. */
inline collect()
{
    if
    :: mutant != 3 -> atomic { take_mail() }
    :: else ->
        atomic { got = mail; got_mark = mail_marked };
        atomic { mail = 0; mail_marked = false }
    fi;
    free_what_it_says(false)
}

inline collect_for_parked()
{
    if
    :: !parked
    :: parked && mutant != 7 ->
        atomic {
            !locked -> locked = true;
            if
            :: parked -> take_mail()
            :: else
            fi
        };
        free_what_it_says(true)
    :: parked && mutant == 7 -> collect()
    fi
}

/* The queue has no room: each block is marked, then the owner is told. */
inline free_in_place()
{
    if
    :: mutant == 10 -> atomic { mail_marked = true }; collect_for_parked()
    :: else
    fi;
    at = 0;
    do
    :: at < filled[parcel] -> atomic { state_of[content[parcel * 2 + at]] = MARKED; content[parcel * 2 + at] = 0; at++ }
    :: else -> break
    od;
    atomic {
        at = 0;
        filled[parcel] = 0;
        parcel = 0;
        mail_marked = mail_marked || (mutant != 9 && mutant != 10)
    };
    collect_for_parked()
}

inline flush()
{
    if
    :: parcel == 0
    :: parcel != 0 && tight -> free_in_place()
    :: parcel != 0 && mutant == 1 ->
        next_of[parcel] = mail;
        atomic { mail = parcel; parcel = 0 };
        collect_for_parked()
    :: parcel != 0 && mutant == 4 ->
        was_parked = parked;
        atomic { next_of[parcel] = mail; mail = parcel; parcel = 0 };
        if
        :: was_parked -> collect_for_parked()
        :: else
        fi
    :: parcel != 0 && mutant != 1 && mutant != 4 ->
        /* A failed compare-and-swap tries again: what counts is the one that succeeds. */
        atomic {
            next_of[parcel] = mail;
            mail = parcel;
            parcel = 0;
            mail_marked = mail_marked && mutant != 6
        };
        collect_for_parked()
    fi
}

/* What follows the claim is the thread's own until the parcel is posted. */
inline free_block(b)
{
    atomic {
        if
        :: parcel == 0 && !poor -> used++; parcel = me * 2 + used; filled[parcel] = 0
        :: parcel == 0 && poor
        :: parcel == 0 && poor && used < 2 -> used++; parcel = me * 2 + used; filled[parcel] = 0
        :: parcel != 0
        fi;
        won = (state_of[b] == LIVE)
    };
    atomic {
        won = won && (mutant == 2 || state_of[b] == LIVE); /* a compare-and-swap looks again */
        if
        :: won && parcel != 0 ->
            state_of[b] = QUEUED;
            wins[b]++;
            content[parcel * 2 + filled[parcel]] = b;
            filled[parcel]++
        :: won && parcel == 0 -> state_of[b] = MARKED; wins[b]++
        :: !won && parcel != 0 && filled[parcel] == 0 -> parcel = 0; used-- /* the code keeps it, empty */
        :: else
        fi
    };
    if
    :: won && parcel == 0 -> atomic { mail_marked = true; won = false }; collect_for_parked()
    :: else -> won = false
    fi
}

proctype producer(byte me; byte first; byte second; bool poor; bool eager; bool tight)
{
    byte parcel, used, got, at;
    bool got_mark, won, was_parked;
    free_block(first);
    if
    :: eager -> flush() /* a boundary, or a free for somebody else */
    :: true
    fi;
    free_block(second);
    if
    :: mutant != 5 -> flush() /* a thread's end posts what it has */
    :: else
    fi;
    atomic { producers_left--; used = 0 }
}

/* What is held was taken in before the mail. */
inline park()
{
    if
    :: mutant != 8 ->
        atomic { !locked -> locked = true; parked = true };
        if
        :: (held != 0 || held_mark) && mutant != 11 ->
            atomic { got = held; got_mark = held_mark; held = 0; held_mark = false };
            free_what_it_says(false)
        :: else
        fi;
        atomic { take_mail() };
        free_what_it_says(true)
    :: else -> atomic { !locked -> locked = true; take_mail() }; free_what_it_says(false); parked = true; locked = false
    fi
}

proctype owner()
{
    byte got, at, held;
    bool got_mark, held_mark;
    if
    :: collect() /* a boundary */
    :: mutant != 3 && mutant != 8 -> atomic { take_mail(); held = got; held_mark = got_mark; got = 0; got_mark = false }
    fi;
    park();
    if
    :: true -> /* the next thread takes the context over, works and parks it again */
        atomic { !locked -> locked = true; take_mail() };
        free_what_it_says(false);
        atomic { parked = false; locked = false };
        park()
    :: true
    fi;
    producers_left == 0;
    /* Everybody has gone: nothing may be left on the way. */
    atomic {
        assert(mail == 0 && !mail_marked);
        at = 0;
        do
        :: at < BLOCKS -> assert(wins[at] == 1 && came_home[at] == 1 && state_of[at] == FREE); at++
        :: else -> break
        od
    }
}

init
{
    atomic {
        c_code { now.mutant = chosen_mutant(); };
        run producer(0, 0, 1, false, true, false);
        run producer(1, 0, 2, true, false, false);
        run producer(2, 3, 4, false, false, true);
        run owner()
    }
}

/* barrier.pml - sdk/src/core/barrier.c: three participants, two generations, time-outs, one who may leave and
 * one who may join.
 *
 * What is under the barrier's lock in the code is one atomic step here. A condition variable is a flag per waiter:
 * waking all sets the flags of those who wait; nobody wakes otherwise, except by his time-out.
 *
 * Claims: nobody passes a generation before every participant has arrived in it; when a frame ends, nobody who takes
 * part still reads it; nobody waits for ever.
 *
 * Mutants: 1 open one too early, 2 wake one instead of all, 3 a waiter that times out is not withdrawn, 4 leaving does not
 * open, 5 arrivals are not reset, 6 waiters watch the count of arrivals instead of the generation, 7 a late-comer does
 * not take a seat before he waits, 8 a frame ends without waiting. */
c_decl { \#include "mutant.h" }

#define N 4       /* three from the beginning, and one who joins */
#define ROUNDS 2

byte mutant;
byte seats = 3;
byte arrived_count;
byte generation;
bool seated[N];
bool arrived[N];
bool waiting[N];
bool woken[N];
bool reading[N];    /* works on its own frame and on those of the others */
byte opened;        /* ghost: generations that were complete when they opened */

inline open_if_complete()
{
    if
    :: arrived_count > 0 && (arrived_count >= seats || (mutant == 1 && arrived_count + 1 >= seats)) ->
        /* the claim itself: everybody who has a seat is here */
        k = 0;
        do
        :: k < N -> assert(!seated[k] || arrived[k]); k++
        :: else -> break
        od;
        opened++;
        generation++;
        if
        :: mutant != 5 -> arrived_count = 0
        :: else
        fi;
        k = 0;
        do
        :: k < N ->
            arrived[k] = false;
            if
            :: waiting[k] && !woken[k] ->
                woken[k] = true;
                if
                :: mutant == 2 -> break
                :: else
                fi
            :: else
            fi;
            k++
        :: else -> break
        od;
        k = 0
    :: else
    fi
}

/* Arrive and wait. @passed: false when the time is up. */
inline barrier_wait(me)
{
    atomic {
        reading[me] = false;
        own = generation;
        arrived[me] = true;
        arrived_count++;
        open_if_complete();
        passed = (generation != own);
        if
        :: !passed -> waiting[me] = true
        :: else
        fi
    }
    do
    :: passed -> break
    :: !passed && woken[me] ->
        atomic {
            woken[me] = false;
            if
            :: (mutant != 6 && generation != own) || (mutant == 6 && arrived_count == 0) -> waiting[me] = false; passed = true
            :: else
            fi
        }
    :: !passed && !woken[me] && patience > 0 ->
        atomic { /* the time is up; the generation may just have opened */
            patience--;
            waiting[me] = false;
            woken[me] = false;
            if
            :: generation != own -> passed = true
            :: else ->
                if
                :: mutant != 3 -> arrived[me] = false; arrived_count--
                :: else
                fi
            fi
        }
        break
    od
}

inline end_frame(me)
{
    atomic {
        if
        :: passed || mutant == 8 ->
            k = 0;
            do /* nobody reads what is reset: who reads now began a later frame, or this one is not the last of us */
            :: k < N -> assert(!(seated[k] && k != me && reading[k] && frame_of[k] <= frame_of[me])); k++
            :: else -> break
            od;
            k = 0
        :: else
        fi
    }
}

byte frame_of[N]; /* the frame that a participant works in, in generations */

proctype participant(byte me; byte tries; bool may_leave; bool joins)
{
    byte own, k, round;
    byte patience = tries;
    bool passed;

    if
    :: joins ->
        atomic {
            if
            :: mutant != 7 -> seats++; seated[me] = true
            :: else -> seated[me] = true /* counted by nobody */
            fi
        }
    :: else
    fi;
    round = 0;
    do
    :: round < ROUNDS - joins ->
        atomic { reading[me] = true; frame_of[me] = generation }
        if
        :: may_leave && round == 1 ->
            break
        :: true
        fi;
        passed = false;
        do
        :: !passed -> barrier_wait(me); end_frame(me)
        :: else -> break
        od;
        round++
    :: else -> break
    od;
    atomic {
        reading[me] = false;
        seated[me] = false;
        seats--;
        if
        :: mutant != 4 -> open_if_complete()
        :: else
        fi
    }
}

init
{
    atomic {
        c_code { now.mutant = chosen_mutant(); };
        seated[0] = true;
        seated[1] = true;
        seated[2] = true;
        run participant(0, 1, false, false);
        run participant(1, 1, false, false);
        run participant(2, 0, true, false);
        run participant(3, 0, false, true)
    }
}

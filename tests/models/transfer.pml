/* transfer.pml - sdk/src/core/transfer.c: three senders of two blocks each, two receivers who race, one of whom may die.
 *
 * What is under the transfers lock in the code is one atomic step. A receiver first claims a transfer, then does what may
 * fail (memory of its frame), then completes it or puts it back. A sender may take his block back. Each sender has one slot
 * in the table that is used again as soon as its transfer is over, so that old tickets meet new transfers.
 *
 * Claims: a block has one owner at any time; every transfer ends once, or is still listed; a ticket never gets another transfer's
 * block; bytes are conserved.
 *
 * Mutants: 1 a claim is a look and a store, 2 a receive that fails does not put back, 3 a sender takes back what is claimed,
 * 4 tickets have no generation, 5 the death of a receiver does not give up what it claimed, 6 sending does not take the block
 * from the sender, 7 a receive that fails has charged the receiver. */
c_decl { \#include "mutant.h" }

#define SENDERS 3
#define ITEMS 6
#define RECEIVERS 2
#define NOBODY 9

#define EMPTY 0
#define PENDING 1
#define CLAIMED 2

byte mutant;
byte slot_state[SENDERS];
byte slot_item[SENDERS];
bool slot_generation[SENDERS]; /* two transfers per slot: one bit tells them apart */
byte claimant[SENDERS];
byte owner_of[ITEMS];   /* 0..2 senders, 3 and 4 receivers, NOBODY: on its way */
byte ended[ITEMS];      /* ghost */
bool sent[ITEMS];
byte charged = ITEMS;   /* blocks charged to somebody; what is on its way is charged to nobody */
byte dead = NOBODY;
byte left = 5;          /* senders and receivers that still run */

inline finish_transfer(slot, who)
{
    assert(owner_of[slot_item[slot]] == NOBODY);
    owner_of[slot_item[slot]] = who;
    ended[slot_item[slot]]++;
    assert(ended[slot_item[slot]] == 1);
    slot_state[slot] = EMPTY;
    claimant[slot] = NOBODY;
}

/* Sends its blocks one after the other; the slot must be over before it is used again. */
proctype sender(byte me)
{
    byte item = me * 2;
    do
    :: item < me * 2 + 2 ->
        atomic {
            slot_state[me] == EMPTY ->
            if
            :: mutant != 6 -> owner_of[item] = NOBODY
            :: else
            fi;
            charged--;
            slot_item[me] = item;
            slot_generation[me] = item % 2;
            slot_state[me] = PENDING;
            sent[item] = true
        };
        if
        :: item % 2 == 0 -> /* takes it back, if nobody has it or is about to */
            atomic {
                if
                :: slot_item[me] == item && (slot_state[me] == PENDING || (mutant == 3 && slot_state[me] == CLAIMED)) ->
                    finish_transfer(me, me);
                    charged++
                :: else
                fi
            }
        :: true
        fi;
        item++
    :: else -> break
    od;
    left--
}

/* Tries every ticket once, when it is there. */
proctype receiver(byte me; bool may_die)
{
    byte item, slot;
    bool got, fails;
    do
    :: item < ITEMS ->
        if
        :: sent[item]
        :: may_die -> goto next /* never comes to it */
        fi;
        atomic { /* claim */
            slot = item / 2;
            got = slot_state[slot] == PENDING && (mutant == 4 || slot_generation[slot] == item % 2);
            if
            :: got && mutant != 1 -> slot_state[slot] = CLAIMED; claimant[slot] = me
            :: else
            fi
        };
        if
        :: got && mutant == 1 -> slot_state[slot] = CLAIMED; claimant[slot] = me
        :: else
        fi;
        if
        :: !got
        :: got && may_die -> dead = me; break
        :: got && !may_die -> /* no memory for it */
            atomic {
                if
                :: mutant == 7 -> charged++
                :: else
                fi;
                if
                :: mutant != 2 -> slot_state[slot] = PENDING; claimant[slot] = NOBODY
                :: else -> claimant[slot] = NOBODY
                fi
            }
        :: got ->
            atomic {
                assert(slot_item[slot] == item);
                finish_transfer(slot, me);
                charged++
            }
        fi;
next:   atomic { item++; got = false; slot = 0 }
    :: else -> break
    od;
    if
    :: dead == me && mutant != 5 ->
        atomic { /* the thread's end gives up its claims */
            slot = 0;
            do
            :: slot < SENDERS ->
                if
                :: slot_state[slot] == CLAIMED && claimant[slot] == me -> slot_state[slot] = PENDING; claimant[slot] = NOBODY
                :: else
                fi;
                slot++
            :: else -> break
            od;
            slot = 0
        }
    :: else
    fi;
    left--
}

/* A sender whose first transfer is never received cannot use its slot again in this model: he is waited for no longer. */
proctype judge()
{
    byte item, listed, owned;
    timeout;
    atomic {
        do
        :: item < ITEMS ->
            if
            :: owner_of[item] != NOBODY -> owned++
            :: owner_of[item] == NOBODY ->
                assert(sent[item] && ended[item] == 0);
                assert(slot_item[item / 2] == item && slot_state[item / 2] == PENDING); /* listed, to be had */
                listed++
            fi;
            item++
        :: else -> break
        od;
        assert(owned + listed == ITEMS && charged == owned)
    }
}

init
{
    byte i;
    atomic {
        c_code { now.mutant = chosen_mutant(); };
        i = 0;
        do
        :: i < ITEMS -> owner_of[i] = i / 2; i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < SENDERS -> claimant[i] = NOBODY; i++
        :: else -> break
        od;
        run sender(0);
        run sender(1);
        run sender(2);
        run receiver(3, false);
        run receiver(4, true);
        run judge()
    }
}

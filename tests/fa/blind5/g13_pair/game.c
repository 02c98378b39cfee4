#include "mem.h"
#include <stdio.h>

static Bag bag;

bool bag_add(int id)
{
    turn_begin(bag.ctx);
    char *label = label_for(bag.ctx, id);
    Item *it = label ? item_new(bag.ctx, id, label) : NULL;
    if (it) {
        it->next = bag.first;
        bag.first = it;
    }
    turn_end(bag.ctx);
    return it != NULL;
}

void bag_peek(int id)
{
    turn_begin(bag.ctx);
    Item *ghost = turn_alloc(bag.ctx, sizeof *ghost);
    if (ghost) {
        *ghost = (Item){.id = id, .label = label_for(bag.ctx, id)};
        bag_set(&bag, ghost);
        printf("%d\n", bag.picked->id);
        bag_set(&bag, bag.first);
    }
    turn_end(bag.ctx);
}

int bag_remove(int id)
{
    for (Item **link = &bag.first; *link; link = &(*link)->next) {
        Item *it = *link;
        if (it->id != id)
            continue;
        *link = it->next;
        if (bag.picked == it)
            bag.picked = NULL;
        item_free(bag.ctx, it);
        return id;
    }
    return -1;
}

int bag_count_labels(void)
{
    int n = 0;
    turn_begin(bag.ctx);
    Item **all = turn_alloc(bag.ctx, 64 * sizeof *all);
    for (Item *it = bag.first; all && it && n < 64; it = it->next)
        all[n++] = it;
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += all[i]->label[0];
    turn_end(bag.ctx);
    return sum;
}

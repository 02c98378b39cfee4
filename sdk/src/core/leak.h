/* leak.h - what was never freed, told when an allocator ends. */
#ifndef FAI_LEAK_H
#define FAI_LEAK_H

struct fa_allocator;

/* One FA608 per tag and call site, most bytes first. Nobody else uses the allocator any more. */
void fai_leaks_report(struct fa_allocator *allocator, const char *here);

#endif

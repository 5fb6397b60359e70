/* Comes before a source to make STRATA_ASSERT end the program. */
#define STRATA_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())

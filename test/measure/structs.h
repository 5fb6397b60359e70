/* Where the sizes of all public structs are read from. */
#include "context.h"
#include "dict.h"
#include "hamt.h"
#include "hashtable.h"

/* The tests on the host: PROGRAM [SEED [TEST]]. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

void machine_write(const char *text, size_t size)
{
    fwrite(text, 1, size, stdout);
}

int main(int count, char **arguments)
{
    uint32_t seed = 1;

    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (count > 1)
        seed = (uint32_t)strtoul(arguments[1], NULL, 0);
    return test_main(seed, count > 2 ? arguments[2] : NULL);
}

/* The tests on an emulated machine. */
#include "machine.h"
#include "test.h"

int machine_main(void)
{
    return test_main(1, NULL);
}

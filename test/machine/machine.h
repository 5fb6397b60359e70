/*
 * What the parts for the machines share. Each machine has, in the file of its
 * family, a start, machine_write (see test.h) and machine_exit.
 *
 * A program is a run of machine_main: of the tests, or with a main of its own.
 */
#ifndef STRATA_MACHINE_H
#define STRATA_MACHINE_H

#include <stddef.h>

/* What ends a program that ran into a fault, and one whose stack has met its
   data. */
enum { MACHINE_FAULT = 99, MACHINE_STACK = 98 };

void machine_write(const char *text, size_t size);
void machine_exit(int status);

/* The program: main.c has the one that runs the tests. */
int machine_main(void);

#endif

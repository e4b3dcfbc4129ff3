/* rom_program.h - run --rom: a program from images, not from the network. */
#ifndef ROM_PROGRAM_H
#define ROM_PROGRAM_H

#include "codegen/rom_read.h"
#include "sim/cli/session.h"

/* A program that was read from images, and what reading them showed. */
struct rom_program {
    struct rom_set set;
    struct program program;
    struct array_model *model;
};

/*
 * Read the images of --rom, which must be of the session's own program, and
 * make a program of their words alone. Damage is taken as it is where the
 * manifest says that it was injected. Scales of input and output are the
 * session's. 0, or -1 and an error; release in any case.
 */
int rom_program_open(struct rom_program *r, struct session *s);
void rom_program_release(struct rom_program *r);

#endif

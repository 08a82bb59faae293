/* touches.h -- `ops check --effects`: what a program can touch, as a table for each kind, or as JSON. */
#ifndef OPS_CLI_TOUCHES_H
#define OPS_CLI_TOUCHES_H

#include "cli/args.h"
#include "lang/ir.h"

void touches_show(const Args *args, const IrProgram *p, Buf *b);

#endif

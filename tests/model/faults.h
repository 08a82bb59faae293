/* faults.h -- a disk that fails: beneath SQLite's files, at the nth write. */
#ifndef OPS_TESTS_MODEL_FAULTS_H
#define OPS_TESTS_MODEL_FAULTS_H

#include <stdint.h>

typedef enum FaultKind {
    FAULT_NONE,
    FAULT_KILL,                        /* the process ends in the midst of that write */
    FAULT_EIO                          /* that write fails, and all behind it */
} FaultKind;

/* All stores that are opened from here on lie on this disk. What it is asked to sync it need not: processes die on
 * it, machines do not. */
void faults_begin(void);
void faults_set(FaultKind kind, uint32_t at);

#endif

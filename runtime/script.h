/* script.h -- Lua at the border: values in, values out.
 *
 * Only script.c meets Lua, so that a worker process can take its place. A
 * block sees the case's variables as globals and gives back what it returned
 * and what it assigned. Of itself it reaches nothing outside: base (cut down),
 * string, table, math, utf8, fail(), and modules that reckon. What else there is
 * (query, file, http, mail) it asks whoever runs it for, by a question for each
 * thing that is to be done. Limits on instructions, memory, time and
 * output hold whatever it does; a breach fails the block, never the process.
 */
#ifndef OPS_RUNTIME_SCRIPT_H
#define OPS_RUNTIME_SCRIPT_H

#include "runtime/case.h"
#include "runtime/secrets.h"

typedef struct Script Script;

typedef struct ScriptLimits {          /* 0: the default, in brackets */
    uint64_t instructions;             /* [100 million] */
    size_t memory;                     /* bytes [64 MB] */
    int64_t micros;                    /* wall clock [10 s] */
    uint64_t pieces;                   /* of memory that it asks for; the last is refused, and so is all behind it
                                          [as many as it likes] */
} ScriptLimits;

typedef struct ScriptVar {
    const char *name;
    const IrType *type;                /* what an assignment must fit, in unit */
    Value value;                       /* in; CASE_UNSET: nil */
} ScriptVar;

typedef struct ScriptTold {            /* a secret, for a process that has none of its own */
    const char *name, *value;
    const char *why;                   /* NULL, or why there is no value */
} ScriptTold;

typedef struct ScriptQuestion {        /* what a block asks for: of a module's function the name, and its arguments */
    const char *what;                  /* "query.metric" */
    const Value *args; uint32_t args_n;
    int64_t micros;                    /* of its time that are left */
} ScriptQuestion;
/* The answer lies in the arena. What fails is an error at the block's line, which says err's text. The question is not
 * to be believed: it may come of a process that was taken over by what it ran. ST_LATER, where the block runs in such a
 * process: see script_go_on. */
typedef Status ScriptAnswer(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err);

typedef struct ScriptCall {
    const IrUnit *unit;
    const IrLua *prelude; uint32_t prelude_n;   /* functions of the systems around, outermost first */
    const IrModule *modules; uint32_t modules_n;       /* files of Lua, called as name.f(...) */
    const IrLua *block;
    const ScriptVar *vars; uint32_t vars_n;
    const char *const *gives; uint32_t gives_n; /* names for what it returns, in order */
    const Secrets *secrets;            /* that it may read; what it gives back holds none */
    const ScriptTold *told; uint32_t told_n;       /* in their place, where they came from another process */
    const char *process;               /* whose names of secrets count; NULL: the main file's */
    const IrProgram *program;          /* whose calendars it reckons with; NULL: it has none */
    const char *calendar;              /* that counts where it names none; NULL: none does */
    ScriptLimits limits;
    Instant now;
    uint64_t seed;                     /* of math.random: the same case and step give the same numbers */
    ScriptAnswer *answer; void *answer_self;       /* NULL: nobody answers */
} ScriptCall;

typedef struct ScriptResult {
    const Datum *values; uint32_t values_n;     /* gives that were returned (fitted later by the engine), and
                                                   variables whose value changed */
    const char *printed;               /* what print() wrote; "" */
} ScriptResult;

/* A Lua state with the sandbox; reused from block to block, and made anew after a breach of a
 * memory limit. Chunks are compiled once per text. */
Script *script_new(void);
/* The same in a process of its own, which has nothing but its memory: what goes wrong there ends that process, the
 * block fails, and the next one finds a new process. Call before the store is opened and before any thread. */
Status script_apart(Script **out, Error *err) MUST_CHECK;
/* A further process beside that one, which it must not outlive: for other blocks, while one waits there (ST_LATER).
 * No more than 255 to a first one. Of script_new's: another such. */
Script *script_beside(const Script *first);
/* Many blocks will run one after the other: from the first of them on this process stays on the processor that it is
 * on, with the one that runs them. Let go before anything else is waited for. NULL, or script_new's: nothing. */
void script_hold(Script *s);
void script_let_go(Script *s);
/* Once it has run a block: the errno of why the kernel does not filter that process's calls (a container may forbid
 * it), so that only limits hold it. 0: it does, or there is no such process. */
int script_unfiltered(const Script *s);
void script_free(Script *s);

/* ST_OK; ST_LATER: it waits (script_go_on); ST_UNAVAILABLE when the process in which it ran ended; ST_FAILED with what
 * fail(), an error or a limit said, "file.ops:12: message". The result lies in the arena. Nothing that one call did is
 * seen by the next. */
Status script_run(Script *s, const ScriptCall *call, Arena *a, ScriptResult *out, Error *err) MUST_CHECK;

typedef struct ScriptJob {             /* a call (its answer is never asked), and what came of it */
    ScriptCall call;
    bool done;                         /* false: nothing, and what follows is not filled */
    Status status;                     /* as script_run's, but for ST_LATER and ST_UNAVAILABLE */
    ScriptResult result;
    Error why;
} ScriptJob;

/* Blocks of one program that only calculate, in order, as script_run would run each: those of a process of its own go
 * there in one message. Nothing comes of one that asks for something after all, of those that are left when they have
 * run for 20 ms together, and of those beside which the process ended. What came of the others lies in the arena. */
void script_run_many(Script *s, ScriptJob *jobs, uint32_t n, Arena *a);

/* A block's question was answered with ST_LATER, and so was script_run: the block waits. Its answer is there now (or
 * failed says why there is none): it goes on, with the same call and arena, as by script_run. Until then s runs nothing
 * else. late: so many microseconds the answer lay about, which are none of the block's time. */
Status script_go_on(Script *s, const ScriptCall *call, const char *failed, const Value *answer, int64_t late, Arena *a,
                    ScriptResult *out, Error *err) MUST_CHECK;
/* ... or nobody wants to know any more what it comes to: it is ended. */
void script_give_up(Script *s);

/* Does the block parse? On failure line (from 1 within the block) and message. */
bool script_check(const char *text, const char *name, uint32_t *line, Buf *message);
/* Adds a message (E0620) to diags for every Lua block of the program that does not parse, and for names that a block
 * does not find (E0621, E0622). */
void script_check_program(const IrProgram *p, Sources *sources, Diags *diags);
/* Where there is no program: for those of these blocks that do not parse. */
void script_check_blocks(const IrLua *blocks, uint32_t n, Sources *sources, Diags *diags);

/* A line at the prompt (without a place: may be an expression) or an audit's block: returns its first values
 * as values; printed: what print() wrote, also where it failed (NULL: nobody wants it). Of the call all but its
 * variables and what it gives holds. */
Status script_eval(Script *s, const ScriptCall *call, Arena *a, Value *out, uint32_t *n, const char **printed,
                   Error *err) MUST_CHECK;

#endif

/* types.h -- what the checker knows of a type, and the pools it lowers into.
 *
 * A Type is shared and read-only; records and named types are one object per
 * declaration, so they compare by pointer. Units have their own numbering:
 * unit_type gives a Type's number in one.
 */
#ifndef OPS_LANG_TYPES_H
#define OPS_LANG_TYPES_H

#include "lang/ast.h"
#include "lang/ir.h"

typedef struct Type Type;

typedef struct TypeField {
    Name name;
    const Type *type;
    const Ast *ast;                    /* its FIELD node */
} TypeField;

struct Type {
    uint8_t kind;                      /* IrTypeKind; TYPE_UNKNOWN after a mistake already reported: fits everything */
    bool optional;
    uint16_t currency;
    const char *name;                  /* of a record or `type T`; else NULL */
    const Type *of;
    const char *const *choices; uint32_t choices_n;
    TypeField *fields; uint32_t fields_n;
    const char *key;
    bool literal_choice;               /* the type of a bare choice word not yet met by a choice type */
    bool wall;                         /* DATETIME literal not yet bound to a zone */
    bool months, business;             /* DURATION: what kind is known of it */
    bool business_days;                /* and of business ones: counted in days, not in open time */
};
#define TYPE_UNKNOWN 255

const Type *type_simple(uint8_t kind);                     /* static, not optional */
const Type *type_unknown(void);
const Type *type_optional(Arena *a, const Type *t);
const Type *type_plain(Arena *a, const Type *t);           /* without `or none` */
const Type *type_list(Arena *a, const Type *of);
/* The same, as somebody wrote it: more than IR_LISTS_DEEP in each other are told, and unknown. */
const Type *type_list_at(Arena *a, Diags *d, Span at, const Type *of);
/* May a value of `from` stand where `to` is wanted? (none into optional; a choice into text;
 * money without currency; unknown fits all.) */
bool type_fits(const Type *to, const Type *from);
bool type_same(const Type *a, const Type *b);
/* The type that both fit, or NULL. */
const Type *type_join(Arena *a, const Type *x, const Type *y);
const char *type_text(Arena *a, const Type *t);            /* "money or none", "list of Lead", "one of web, ad" */

/* ---- a unit under construction ----------------------------------------------------- */
typedef struct UnitBuilder UnitBuilder;
UnitBuilder *unit_new(Arena *a);
uint32_t unit_name(UnitBuilder *u, const char *text);      /* same text, same number */
uint32_t unit_const(UnitBuilder *u, Value v);              /* equal values share */
uint32_t unit_type(UnitBuilder *u, const Type *t);         /* records bring their fields, unconditioned (unit_field) */
/* Reserves n fields in a row; fill through the pointer (valid until the next reservation). */
uint32_t unit_fields(UnitBuilder *u, uint32_t n);
IrField *unit_field(UnitBuilder *u, uint32_t i);
uint32_t unit_here(const UnitBuilder *u);                  /* index of the next instruction */
void unit_emit(UnitBuilder *u, IrOp op, uint32_t operand);
void unit_patch(UnitBuilder *u, uint32_t at, uint32_t target);  /* sets the operand of a jump */
void unit_cut(UnitBuilder *u, uint32_t at);                /* forgets the code from there on; no jump leads behind it */
void unit_finish(const UnitBuilder *u, IrUnit *out);       /* borrows the builder's arrays */
void unit_copy(const UnitBuilder *u, IrUnit *out);         /* the same, in small arrays of its own */
void unit_reset(UnitBuilder *u);                           /* as when new, but for the memory; only copies stay valid */

#endif

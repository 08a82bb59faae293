/* grammar.y -- the whole language, and the tree it makes.
 *
 * Actions only build: one call each. Whether a < opens a block or compares was decided
 * by angles.c, which also ends statements (NL) and joins `is not` and `not in`; so the
 * rules need no exceptions.
 *
 * words.awk fills in the lists between @ signs from words.def, each on its line.
 *
 * Mistakes: a production `items error NL` ends a wrong statement at its end; one
 * `KEYWORD error < items >` saves the block behind a wrong header; a block with an
 * unknown header is skipped as plain tokens (`junk`). What to tell stands in syntax.c.
 */
%require "3.8"
%define api.pure full
%define api.prefix {ops}
%define api.push-pull push
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {Parse *p}

%code requires {
#include "lang/ast.h"
typedef struct Parse Parse;
}
%code provides {
void opserror(Span *at, Parse *p, const char *message);
/* Where the parser stands; see lang/syntax.h. */
const void *grammar_place(const struct opspstate *ps);
}
%code {
#include "lang/build.h"
#include "lang/syntax.h"

#include <stdlib.h>

#define A (p->arena)
#define YYLLOC_DEFAULT(Current, Rhs, N) ((Current) = build_span_of(&YYRHSLOC(Rhs, 0), (N)))
#define YYMALLOC mem_alloc
#define YYFREE free
}

%union {
    Ast *ast;
    Name name;
    Word word;
    int64_t n;
    bool flag;
}

%token <name> IDENT "a name"
%token <ast> NUMBER "number" PERCENT "percentage" MONEY "amount" DURATION "duration"
%token <ast> BDUR "business duration" PERIOD "period"
%token <ast> DATE "date" TIME "time of day" DATETIME "date and time"
%token <ast> STRING "text" STR_HEAD "text with ${" STR_MID "} text ${" STR_TAIL "} end of text" LUA "lua { }"
%token NL "end of line" LBLK "<" RBLK ">" LT "less than" GT "greater than" LE "<=" GE ">="
%token RANGE ".." ISNOT "is not" NOTIN "not in" IN_CURRENCY "in (currency)"
%token BEGIN_FILE "begin of file" BEGIN_PROMPT "begin of entry" BEGIN_VALUE "begin of value" END 0 "end of file"
%token <name> @TOKENS@

%precedence P_ELSES
%precedence error
%precedence P_IF P_BDUR
%left K_OR
%left K_AND
%precedence K_NOT
%nonassoc LT GT LE GE K_IS ISNOT K_IN NOTIN K_MATCHES
%left RANGE
%left '+' '-'
%left '*' '/'
%precedence NEG

%type <ast> file prompt entries items item use decl system process metric goal audit test scenario
%type <ast> string mids strings names calendar cals cal days day hours hour closings closing dates monthday
%type <ast> person personitems personitem trainings training role roleitems roleitem people one_of_people per
%type <ast> typedecl type record event fields fieldline fieldlist field fieldopts stands option valopts valopt
%type <ast> params param paramopts fieldnames table secret allow modes log
%type <ast> likes sysitems sysitem goaltails procitems procitem deadline trigger schedule pace since
%type <ast> onday daywords dayword attime step stepitems stepitem act mailing pauses handler
%type <ast> who who_list who_if who_or who_leaf who_value leaf_list rule_who
%type <ast> block flow elses otherwise waitend with args1 within place
%type <ast> auditems auditem rule cond caserule tails freetail tail
%type <ast> logitems logitem logopts waived
%type <ast> testitems testitem moment action because expected
%type <ast> scenitems scenitem assumes spread
%type <ast> expr postfix exprs args arg window spanwindow
%type <name> id soft path name dname fname asname asperson incal after
%type <n> upto mosttimes rows
%type <flag> ornone ornext

%%

start: BEGIN_FILE file              { p->result = $2; }
    |  BEGIN_PROMPT prompt          { p->result = $2; }
    |  BEGIN_VALUE expr NL          { p->result = $2; p->is_expression = true; }
    ;

file: items ;

items: %empty                       { $$ = NULL; }
    |  items item                   { $$ = ast_append($1, $2); }
    |  items error NL               { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |  items error RBLK             { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |  items error LBLK junk RBLK   { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

prompt: %empty                      { $$ = NULL; }
    |   entries                     { $$ = $1; }
    |   expr NL                     { $$ = $1; p->is_expression = true; }
    |   expr K_BY postfix NL        { $$ = ast_metric(A, @$, (Name){0}, $1, $3); p->is_expression = true; }
    ;

entries: item
    |    entries item               { $$ = ast_append($1, $2); }
    |    error NL                   { yyerrok; $$ = build_bad(p, @1); }
    |    error LBLK junk RBLK       { yyerrok; $$ = build_bad(p, @1); }
    |    entries error NL           { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |    entries error LBLK junk RBLK { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

junk: %empty | junk token | junk LBLK junk RBLK ;
token: @ANY@ ;

item: use | decl | system | process | metric | goal | audit | test | scenario | LUA NL ;
decl: calendar | person | role | typedecl | record | event | table | secret | allow | log ;

use: K_USE path NL                  { $$ = ast_use(A, @$, $2, false, (Name){0}); }
    | K_USE path K_AS id NL         { $$ = ast_use(A, @$, $2, false, $4); }
    | K_USE STRING NL               { $$ = ast_use(A, @$, build_name(p, $2), true, (Name){0}); }
    | K_USE STRING K_AS id NL       { $$ = ast_use(A, @$, build_name(p, $2), true, $4); }
    ;

secret: K_SECRET id K_FROM K_ENV STRING NL    { $$ = ast_secret(A, span(@1, @2), $2, $5); } ;

allow: K_ALLOW K_HTTP strings NL              { $$ = ast_allow(A, @$, K_HTTP, $3, NULL); }
    |  K_ALLOW K_FILE strings NL              { $$ = ast_allow(A, @$, K_FILE, $3, NULL); }
    |  K_ALLOW K_FILE strings modes NL        { $$ = ast_allow(A, @$, K_FILE, $3, $4); }
    ;

modes: IDENT                                  { $$ = ast_name(A, @1, $1); }
    |  modes ',' IDENT                        { $$ = ast_append($1, ast_name(A, @3, $3)); }
    |  modes K_AND IDENT                      { $$ = ast_append($1, ast_name(A, @3, $3)); }
    ;

/* ---- names and texts ----------------------------------------------------------------- */

id:   IDENT | soft ;
soft: @NAMES@ ;

path: id
    | path '.' IDENT                { $$ = build_joined(p, $1, $3); }
    | path '.' STRING               { $$ = build_joined(p, $1, build_name(p, $3)); }
    ;

name: path
    | STRING                        { $$ = build_name(p, $1); }
    ;

dname: id
    |  STRING                       { $$ = build_declared(p, build_name(p, $1)); }
    ;

names: name                         { $$ = ast_name(A, @1, $1); }
    |  names ',' name               { $$ = ast_append($1, ast_name(A, @3, $3)); }
    ;

string: STRING
    |   STR_HEAD expr mids STR_TAIL { $$ = build_template(p, @$, $1, $2, $3, $4); }
    ;

mids: %empty                        { $$ = NULL; }
    | mids STR_MID expr             { $$ = ast_append(ast_append($1, $2), $3); }
    ;

strings: string
    |    strings ',' string         { $$ = ast_append($1, $3); }
    ;

/* ---- calendars, persons, roles ------------------------------------------------------- */

calendar: K_CALENDAR dname LBLK cals RBLK     { $$ = ast_calendar(A, span(@1, @2), $2, $4); }
    |     K_CALENDAR error LBLK cals RBLK
            { yyerrok; $$ = ast_calendar(A, span(@1, @2), build_saved(p, @2), $4); }
    |     K_CALENDAR error NL                 { yyerrok; $$ = build_bad(p, @1); }
    ;

cals: %empty                        { $$ = NULL; }
    | cals cal                      { $$ = ast_append($1, $2); }
    | cals error NL                 { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    | cals error LBLK junk RBLK     { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

cal: K_ZONE STRING NL               { $$ = ast_prop(A, @$, K_ZONE, $2, NULL); }
    | K_OPEN days hours NL          { $$ = ast_open(A, @$, $2, $3); }
    | K_CLOSED closings NL          { $$ = ast_closed(A, @$, $2); }
    | K_HOLIDAYS strings NL         { $$ = ast_prop(A, @$, K_HOLIDAYS, $2, NULL); }
    ;

days: day
    | days ',' day                  { $$ = ast_append($1, $3); }
    ;

day: id                             { $$ = ast_days(A, @$, $1, (Name){0}); }
    | id RANGE id                   { $$ = ast_days(A, @$, $1, $3); }
    ;

hours: hour
    |  hours ',' hour               { $$ = ast_append($1, $3); }
    ;

hour: TIME RANGE TIME               { $$ = ast_hours(A, @$, $1, $3); } ;

closings: closing
    |     closings ',' closing      { $$ = ast_append($1, $3); }
    ;

closing: dates
    |    K_EVERY monthday                     { $$ = ast_dates(A, @$, $2, NULL, true); }
    |    K_EVERY monthday RANGE monthday      { $$ = ast_dates(A, @$, $2, $4, true); }
    ;

dates: DATE                         { $$ = ast_dates(A, @$, $1, NULL, false); }
    |  DATE RANGE DATE              { $$ = ast_dates(A, @$, $1, $3, false); }
    ;

monthday: NUMBER '-' NUMBER         { $$ = build_month_day(p, @$, $1, $3); } ;

person: K_PERSON dname NL                     { $$ = ast_person(A, span(@1, @2), $2, NULL); }
    |   K_PERSON dname LBLK personitems RBLK  { $$ = ast_person(A, span(@1, @2), $2, $4); }
    |   K_PERSON error LBLK personitems RBLK
            { yyerrok; $$ = ast_person(A, span(@1, @2), build_saved(p, @2), $4); }
    |   K_PERSON error NL                     { yyerrok; $$ = build_bad(p, @1); }
    ;

personitems: %empty                           { $$ = NULL; }
    |   personitems personitem                { $$ = ast_append($1, $2); }
    |   personitems error NL                  { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |   personitems error LBLK junk RBLK      { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

personitem: K_NAME STRING NL                  { $$ = ast_prop(A, @$, K_NAME, $2, NULL); }
    |       K_MAIL STRING NL                  { $$ = ast_prop(A, @$, K_MAIL, $2, NULL); }
    |       K_LOGIN STRING NL                 { $$ = ast_prop(A, @$, K_LOGIN, $2, NULL); }
    |       K_WORKS name NL                   { $$ = ast_prop(A, @$, K_WORKS, ast_name(A, @2, $2), NULL); }
    |       K_LANGUAGE name NL                { $$ = ast_prop(A, @$, K_LANGUAGE, ast_name(A, @2, $2), NULL); }
    |       K_TRAINED trainings NL            { $$ = ast_prop(A, @$, K_TRAINED, $2, NULL); }
    |       K_AWAY dates NL                   { $$ = ast_prop(A, @$, K_AWAY, $2, NULL); }
    |       K_AWAY dates ',' name K_STANDS NL { $$ = ast_prop(A, @$, K_AWAY, $2, ast_name(A, @4, $4)); }
    ;

trainings: training
    |      trainings ',' training         { $$ = ast_append($1, $3); }
    ;

training: name                                { $$ = ast_training(A, @$, $1, NULL); }
    |     name K_SINCE DATE                   { $$ = ast_training(A, @$, $1, $3); }
    ;

role: K_ROLE dname NL                         { $$ = ast_role(A, span(@1, @2), $2, NULL); }
    | K_ROLE dname LBLK roleitems RBLK        { $$ = ast_role(A, span(@1, @2), $2, $4); }
    | K_ROLE error LBLK roleitems RBLK { yyerrok; $$ = ast_role(A, span(@1, @2), build_saved(p, @2), $4); }
    | K_ROLE error NL                         { yyerrok; $$ = build_bad(p, @1); }
    ;

roleitems: %empty                             { $$ = NULL; }
    |   roleitems roleitem                    { $$ = ast_append($1, $2); }
    |   roleitems error NL                    { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |   roleitems error LBLK junk RBLK        { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

roleitem: K_PEOPLE people NL                  { $$ = ast_prop(A, @$, K_PEOPLE, $2, NULL); }
    |     K_WORKS name NL                     { $$ = ast_prop(A, @$, K_WORKS, ast_name(A, @2, $2), NULL); }
    |     K_COSTS expr per NL                 { $$ = ast_prop(A, @$, K_COSTS, $2, $3); }
    |     K_REPORTS K_TO name NL              { $$ = ast_prop(A, @$, K_REPORTS, ast_name(A, @3, $3), NULL); }
    |     K_CAPACITY expr NL                  { $$ = ast_prop(A, @$, K_CAPACITY, $2, NULL); }
    |     K_WHY string NL                     { $$ = ast_prop(A, @$, K_WHY, $2, NULL); }
    ;

people: one_of_people
    |   people ',' one_of_people              { $$ = ast_append($1, $3); }
    ;

one_of_people: path                           { $$ = ast_name(A, @1, $1); }
    |          STRING
    ;

per: %empty                                   { $$ = NULL; }
    | K_PER id                                { $$ = ast_name(A, @2, $2); }
    ;

/* ---- types, records, events, tables -------------------------------------------------- */

typedecl: K_TYPE id '=' type ornone NL { $$ = ast_type(A, span(@1, @2), $2, build_optional(p, @4, $4, $5)); }
    |     K_TYPE id '=' K_ONE K_OF names ornone NL
            { $$ = ast_type(A, span(@1, @2), $2, build_choice(p, span(@4, @6), $6, $7)); }
    ;

type: path                                    { $$ = ast_type_name(A, @$, $1); }
    | path IN_CURRENCY IDENT                  { $$ = build_money(p, @$, $1, $3); }
    | K_LIST K_OF type                        { $$ = ast_type_list(A, @$, $3); }
    | K_ONE K_OF '(' names ')'                { $$ = build_choice(p, @$, $4, false); }
    ;

ornone: %empty                                { $$ = false; }
    |   K_OR K_NONE                           { $$ = true; }
    ;

record: K_RECORD dname LBLK fields RBLK       { $$ = ast_record(A, span(@1, @2), $2, $4); }
    |   K_RECORD error LBLK fields RBLK { yyerrok; $$ = ast_record(A, span(@1, @2), build_saved(p, @2), $4); }
    |   K_RECORD error NL                     { yyerrok; $$ = build_bad(p, @1); }
    ;

event: K_EVENT dname NL                       { $$ = ast_event(A, span(@1, @2), $2, NULL); }
    |  K_EVENT dname LBLK fields RBLK         { $$ = ast_event(A, span(@1, @2), $2, $4); }
    |  K_EVENT error LBLK fields RBLK { yyerrok; $$ = ast_event(A, span(@1, @2), build_saved(p, @2), $4); }
    |  K_EVENT error NL                       { yyerrok; $$ = build_bad(p, @1); }
    ;

fields: %empty                                { $$ = NULL; }
    |   fields fieldline                      { $$ = ast_append($1, $2); }
    |   fields error NL                       { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |   fields error LBLK junk RBLK           { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

fieldline: fieldlist NL
    |      K_KEY fieldnames NL                { $$ = ast_key(A, @$, $2); }
    |      fname K_ONE K_OF names ornone fieldopts NL
            { $$ = ast_field(A, @$, build_declared(p, $1), build_choice(p, span(@2, @4), $4, $5), $6); }
    ;

fieldnames: fname                             { $$ = ast_name(A, @1, $1); }
    |       fieldnames ',' fname              { $$ = ast_append($1, ast_name(A, @3, $3)); }
    ;

fieldlist: field
    |      fieldlist ',' field                { $$ = ast_append($1, $3); }
    ;

field: fname type ornone fieldopts
            { $$ = ast_field(A, @$, build_declared(p, $1), build_optional(p, @2, $2, $3), $4); }
    ;

fname: id
    |  STRING                                 { $$ = build_name(p, $1); }
    ;

/* Where and how a field stands in a file comes ahead of its value and conditions. */
fieldopts: stands
    |      stands valopts                     { $$ = ast_append($1, $2); }
    ;

stands: %empty                                { $$ = NULL; }
    |   stands option                         { $$ = ast_append($1, $2); }
    |   stands K_IN STRING                    { $$ = ast_append($1, ast_option(A, span(@2, @3), K_IN, $3)); }
    ;

option: K_FROM STRING                         { $$ = ast_option(A, @$, K_FROM, $2); }
    |   K_LIKE STRING                         { $$ = ast_option(A, @$, K_LIKE, $2); }
    ;

valopts: valopt
    |    valopts valopt                       { $$ = ast_append($1, $2); }
    |    valopts option                       { $$ = ast_append($1, $2); }
    ;

valopt: '=' expr                              { $$ = ast_option(A, @$, '=', $2); }
    |   K_WHERE expr                          { $$ = ast_option(A, @$, K_WHERE, $2); }
    |   K_MATCHING STRING                     { $$ = ast_option(A, @$, K_MATCHING, $2); }
    ;

params: param
    |   params ',' param                      { $$ = ast_append($1, $3); }
    ;

param: id type ornone paramopts { $$ = ast_field(A, @$, $1, build_optional(p, @2, $2, $3), $4); } ;

/* What a person or a command writes may say its zone, too. */
paramopts: %empty                             { $$ = NULL; }
    |      K_IN STRING                        { $$ = ast_option(A, @$, K_IN, $2); }
    |      paramopts valopt                   { $$ = ast_append($1, $2); }
    ;

table: K_TABLE dname LBLK path K_IN string NL RBLK { $$ = ast_table(A, span(@1, @2), $2, $4, $6); }
    |  K_TABLE dname LBLK error RBLK          { yyerrok; $$ = build_bad(p, @1); }
    |  K_TABLE error LBLK junk RBLK           { yyerrok; $$ = build_bad(p, @2); }
    |  K_TABLE error NL                       { yyerrok; $$ = build_bad(p, @1); }
    ;

/* ---- systems ------------------------------------------------------------------------- */

system: K_SYSTEM dname likes LBLK sysitems RBLK
            { $$ = ast_system(A, span(@1, @2), $2, $5, build_like($3, @$), NULL); }
    |   K_SYSTEM error LBLK sysitems RBLK
            { yyerrok; $$ = ast_system(A, span(@1, @2), build_saved(p, @2), $4, NULL, NULL); }
    |   K_SYSTEM error NL                     { yyerrok; $$ = build_bad(p, @1); }
    ;

likes: %empty                                 { $$ = NULL; }
    |  K_LIKE name                            { $$ = ast_like(A, @$, $2, @$, NULL); }
    ;

sysitems: %empty                              { $$ = NULL; }
    |     sysitems sysitem                    { $$ = ast_append($1, $2); }
    |     sysitems error NL                   { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |     sysitems error LBLK junk RBLK       { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

sysitem: K_WHY string NL                      { $$ = ast_prop(A, @$, K_WHY, $2, NULL); }
    |    K_KIND id NL                         { $$ = ast_prop(A, @$, K_KIND, ast_name(A, @2, $2), NULL); }
    |    K_OWNER who NL                       { $$ = ast_prop(A, @$, K_OWNER, $2, NULL); }
    |    K_WITHOUT name NL                    { $$ = ast_without(A, @$, $2); }
    |    metric | goal | process | audit | test | scenario | system | decl
    |    LUA NL
    ;

metric: K_METRIC dname '=' expr NL            { $$ = ast_metric(A, span(@1, @2), $2, $4, NULL); }
    |   K_METRIC dname '=' expr K_BY postfix NL { $$ = ast_metric(A, span(@1, @2), $2, $4, $6); }
    ;

goal: K_GOAL dname K_IS expr goaltails NL     { $$ = build_goal(span(@1, @2), $2, $4, $5); } ;

goaltails: %empty                             { $$ = ast_goal(A, @$, (Name){0}, NULL, NULL, 0); }
    |      goaltails K_BY DATE                { $$ = $1; $$->goal.by = $3; }
    |      goaltails rows                     { $$ = $1; $$->goal.rows = $2; }
    ;

rows: K_FOR K_ROWS K_OF K_AT K_LEAST NUMBER   { $$ = build_count(p, $6, 1); } ;

/* ---- processes ----------------------------------------------------------------------- */

process: K_PROCESS dname likes LBLK procitems RBLK
            { $$ = ast_process(A, span(@1, @2), $2, $5, build_like($3, @$), NULL); p->statements = 0; }
    |    K_PROCESS error LBLK procitems RBLK
            { yyerrok; $$ = ast_process(A, span(@1, @2), build_saved(p, @2), $4, NULL, NULL); p->statements = 0; }
    |    K_PROCESS error NL                   { yyerrok; $$ = build_bad(p, @1); }
    ;

procitems: %empty                             { $$ = NULL; }
    |      procitems procitem                 { $$ = ast_append($1, $2); }
    |      procitems error NL                 { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |      procitems error LBLK junk RBLK rest { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

procitem: K_WHY string NL                     { $$ = ast_prop(A, @$, K_WHY, $2, NULL); }
    |     K_OWNER who NL                      { $$ = ast_prop(A, @$, K_OWNER, $2, NULL); }
    |     K_WHEN trigger NL                   { $$ = $2; $$->at = @$; }
    |     K_TAKES params NL                   { $$ = ast_fields(A, @$, K_TAKES, $2); }
    |     K_GIVES params NL                   { $$ = ast_fields(A, @$, K_GIVES, $2); }
    |     K_STATUS id NL                      { $$ = ast_prop(A, @$, K_STATUS, ast_name(A, @2, $2), NULL); }
    |     K_STATUS id K_SINCE DATE NL         { $$ = ast_prop(A, @$, K_STATUS, ast_name(A, @2, $2), $4); }
    |     K_REVIEW K_EVERY DURATION NL        { $$ = ast_prop(A, @$, K_REVIEW, $3, NULL); }
    |     K_ONE K_OPEN K_CASE K_PER expr NL   { $$ = ast_prop(A, @$, K_PER, $5, NULL); }
    |     K_WITHOUT name NL                   { $$ = ast_without(A, @$, $2); }
    |     deadline | handler | flow             { $$ = build_statement(p, $1); }
    ;

deadline: K_WITHIN expr NL                    { $$ = ast_prop(A, @$, K_WITHIN, $2, NULL); }
    |     K_DUE expr NL                       { $$ = ast_prop(A, @$, K_DUE, $2, NULL); }
    |     K_ESCALATE K_TO who K_AFTER expr NL { $$ = ast_prop(A, @$, K_ESCALATE, $3, $5); }
    |     K_REMIND K_EVERY expr NL            { $$ = ast_prop(A, @$, K_REMIND, $3, NULL); }
    ;

trigger: name cond                            { $$ = ast_when_event(A, @$, $1, $2); }
    |    schedule                             { $$ = ast_when_time(A, @$, $1); }
    |    K_EACH id K_IN string                { $$ = ast_when_rows(A, @$, $2, $4, NULL); }
    |    K_EACH id K_IN string K_AT postfix   { $$ = ast_when_rows(A, @$, $2, $4, $6); }
    |    K_EACH id K_IN string K_AT postfix K_IN name
            { $$ = ast_when_rows(A, @$, $2, $4, ast_binary(A, span(@6, @8), K_IN, $6, ast_name(A, @8, $8))); }
    ;

schedule: K_EVERY pace since onday attime incal ornext
                                              { $$ = ast_schedule(A, @$, $2, $3, $4, $5, $6, $7); } ;

pace: DURATION | BDUR
    | id                                      { $$ = ast_name(A, @1, $1); }
    ;

since: %empty                                 { $$ = NULL; }
    |  K_FROM DATE                            { $$ = $2; }
    |  K_FROM DATETIME                        { $$ = $2; }
    ;

onday: %empty                                 { $$ = NULL; }
    |  K_ON daywords                          { $$ = $2; }
    ;

daywords: dayword
    |     daywords ',' dayword                { $$ = ast_append($1, $3); }
    ;

dayword: NUMBER                               { $$ = build_day_number(p, @$, $1); }
    |    monthday                             { $$ = build_day_of_month(p, @$, $1); }
    |    IDENT                                { $$ = ast_dayword(A, @$, false, (Name){0}, $1, 0, 0); }
    |    IDENT IDENT                          { $$ = ast_dayword(A, @$, false, $1, $2, 0, 0); }
    |    K_LAST IDENT                         { $$ = ast_dayword(A, @$, true, (Name){0}, $2, 0, 0); }
    |    K_LAST IDENT IDENT                   { $$ = ast_dayword(A, @$, true, $2, $3, 0, 0); }
    ;

attime: %empty                                { $$ = NULL; }
    |   K_AT TIME                             { $$ = build_time(p, $2); }
    ;

incal: %empty                                 { $$ = (Name){0}; }
    |  K_IN name                              { $$ = $2; }
    ;

ornext: %empty                                { $$ = false; }
    |   K_OR K_NEXT K_OPEN IDENT              { $$ = true; }
    ;

/* ---- steps --------------------------------------------------------------------------- */

step: K_STEP dname after NL                   { $$ = ast_step(A, span(@1, @2), $2, NULL, $3); }
    | K_STEP dname after LBLK stepitems RBLK  { $$ = ast_step(A, span(@1, @2), $2, $5, $3); }
    | K_STEP error LBLK stepitems RBLK
            { yyerrok; $$ = ast_step(A, span(@1, @2), build_saved(p, @2), $4, (Name){0}); }
    | K_STEP error NL                         { yyerrok; $$ = build_bad(p, @1); }
    ;

after: %empty                                 { $$ = (Name){0}; }
    |  K_AFTER name                           { $$ = $2; }
    ;

stepitems: %empty                             { $$ = NULL; }
    |      stepitems stepitem                 { $$ = ast_append($1, $2); }
    |      stepitems error NL                 { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |      stepitems error LBLK junk RBLK     { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

stepitem: K_WHY string NL                     { $$ = ast_prop(A, @$, K_WHY, $2, NULL); }
    |     K_WHO who NL                        { $$ = ast_prop(A, @$, K_WHO, $2, NULL); }
    |     K_HOW act NL                        { $$ = ast_prop(A, @$, K_HOW, $2, NULL); }
    |     K_HOW mailing NL                    { $$ = ast_prop(A, @$, K_HOW, $2, NULL); }
    |     K_ASK params NL                     { $$ = ast_fields(A, @$, K_ASK, $2); }
    |     K_APPROVE string NL                 { $$ = ast_prop(A, @$, K_APPROVE, $2, NULL); }
    |     K_GIVES params NL                   { $$ = ast_fields(A, @$, K_GIVES, $2); }
    |     K_LASTS expr NL                     { $$ = ast_prop(A, @$, K_LASTS, $2, NULL); }
    |     K_LASTS K_FROM K_HISTORY NL         { $$ = ast_prop(A, @$, K_LASTS, ast_history(A, span(@2, @3), 0), NULL); }
    |     K_RETRY NUMBER times NL             { $$ = ast_prop(A, @$, K_RETRY, $2, NULL); }
    |     K_RETRY NUMBER times K_EVERY pauses NL { $$ = ast_prop(A, @$, K_RETRY, $2, $5); }
    |     K_TIMEOUT expr NL                   { $$ = ast_prop(A, @$, K_TIMEOUT, $2, NULL); }
    |     K_REPEATABLE NL                     { $$ = ast_prop(A, @$, K_REPEATABLE, NULL, NULL); }
    |     K_NEEDS names NL                    { $$ = ast_prop(A, @$, K_NEEDS, $2, NULL); }
    |     K_ENSURES expr NL                   { $$ = ast_prop(A, @$, K_ENSURES, $2, NULL); }
    |     K_UNDO act NL                       { $$ = ast_prop(A, @$, K_UNDO, $2, NULL); }
    |     K_UNDO mailing NL                   { $$ = ast_prop(A, @$, K_UNDO, $2, NULL); }
    |     K_COSTS expr per NL                 { $$ = ast_prop(A, @$, K_COSTS, $2, $3); }
    |     K_CONSULT who NL                    { $$ = ast_prop(A, @$, K_CONSULT, $2, NULL); }
    |     K_INFORM who NL                     { $$ = ast_prop(A, @$, K_INFORM, $2, NULL); }
    |     K_WAS name NL                       { $$ = ast_prop(A, @$, K_WAS, ast_name(A, @2, $2), NULL); }
    |     deadline | handler
    ;

act: string
    | K_SHELL string                          { $$ = ast_shell(A, @$, $2); }
    | LUA
    ;

mailing: K_MAIL string K_TO exprs             { $$ = ast_mail(A, @$, $2, $4); } ;

handler: K_ON K_FAIL LBLK block RBLK          { $$ = ast_handler(A, span(@1, @2), K_FAIL, $4); }
    |    K_ON K_LATE LBLK block RBLK          { $$ = ast_handler(A, span(@1, @2), K_LATE, $4); }
    |    K_ON K_REJECT LBLK block RBLK        { $$ = ast_handler(A, span(@1, @2), K_REJECT, $4); }
    |    K_ON name asname cond LBLK block RBLK { $$ = ast_on_event(A, span(@1, @2), $2, $3, $4, $6); }
    |    K_ON error LBLK block RBLK           { yyerrok; $$ = ast_append(build_bad(p, @2), $4); }
    |    K_ON error NL                        { yyerrok; $$ = build_bad(p, @1); }
    ;

/* ---- who ----------------------------------------------------------------------------- */

who: who_if
    | who_if K_EXCEPT who_list                { $$ = ast_who_except(A, @$, $1, $3); }
    ;

who_list: who_leaf
    |     who_list K_OR who_leaf              { $$ = ast_append($1, $3); }
    |     who_list ',' who_leaf               { $$ = ast_append($1, $3); }
    ;

/* In a check a comma begins the next condition, so people are joined by `or` alone. */
rule_who: who_if
    |     who_if K_EXCEPT leaf_list           { $$ = ast_who_except(A, @$, $1, $3); }
    ;

leaf_list: who_leaf
    |      leaf_list K_OR who_leaf            { $$ = ast_append($1, $3); }
    ;

who_if: who_or
    |   K_IF expr K_THEN who_or K_ELSE who_if { $$ = ast_who_if(A, @$, $2, $4, $6); }
    ;

who_or: who_leaf
    |   who_or K_OR who_leaf                  { $$ = ast_who_or(A, @$, $1, $3); }
    ;

who_leaf: who_value
    |     STRING                              { $$ = ast_name(A, @$, build_name(p, $1)); }
    |     STRING '.' IDENT                    { $$ = ast_member(A, @$, $1, $3); }
    |     K_DID '(' name ')'                  { $$ = ast_who_did(A, @$, $3); }
    |     K_ANY NUMBER K_OF who_leaf          { $$ = ast_who_count(A, @$, build_count(p, $2, 1), true, $4); }
    |     NUMBER K_OF who_leaf                { $$ = ast_who_count(A, @$, build_count(p, $1, 1), false, $3); }
    |     K_MANAGER K_OF who_leaf             { $$ = ast_who_manager(A, @$, $3); }
    |     K_TRAINED who_leaf                  { $$ = ast_who_trained(A, @$, $2); }
    |     K_BY K_TURN who_leaf                { $$ = ast_who_turn(A, @$, $3); }
    |     '(' who ')'                         { $$ = $2; }
    ;

who_value: id                                 { $$ = ast_name(A, @$, $1); }
    |      who_value '.' IDENT                { $$ = ast_member(A, @$, $1, $3); }
    |      who_value '.' STRING               { $$ = ast_member(A, @$, $1, build_name(p, $3)); }
    |      who_value '[' expr ']'             { $$ = ast_index(A, @$, $1, $3); }
    ;

/* ---- flow ---------------------------------------------------------------------------- */

block: %empty                                 { $$ = NULL; }
    |  block flow                             { $$ = ast_append($1, build_statement(p, $2)); }
    |  block handler                          { $$ = ast_append($1, $2); }
    |  block error NL                         { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |  block error LBLK junk RBLK rest        { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

/* What may stand behind a block whose header was wrong. */
rest: elses { }
    | K_UNTIL expr NL { }
    | K_UNTIL error NL                        { yyerrok; }
    | K_UNTIL error LBLK junk RBLK            { yyerrok; }
    | K_COLLECT id K_AS id NL                 { (void)build_bad(p, @1); }
    ;

flow: step
    | K_IF expr LBLK block RBLK elses         { $$ = ast_if_(A, span(@1, @2), $2, $4, $6); }
    | K_IF error LBLK block RBLK elses { yyerrok; $$ = ast_if_(A, span(@1, @2), build_bad(p, @2), $4, $6); }
    | K_IF error NL                           { yyerrok; $$ = build_bad(p, @1); }
    | K_PARALLEL LBLK block RBLK              { $$ = ast_parallel(A, @1, $3); }
    | K_SEQUENCE LBLK block RBLK              { $$ = ast_sequence(A, @1, $3, false); }
    | K_RACE LBLK block RBLK                  { $$ = ast_race(A, @1, $3, 1); }
    | K_RACE NUMBER LBLK block RBLK           { $$ = ast_race(A, span(@1, @2), $4, build_count(p, $2, 1)); }
    | K_EACH id K_IN expr LBLK block RBLK
            { $$ = ast_each(A, span(@1, @4), $2, $4, false, 0, $6, (Name){0}, (Name){0}); }
    | K_EACH id K_IN expr K_IN K_PARALLEL upto LBLK block RBLK %prec P_ELSES
            { $$ = ast_each(A, span(@1, @6), $2, $4, true, $7, $9, (Name){0}, (Name){0}); }
    | K_EACH id K_IN expr K_IN K_PARALLEL upto LBLK block RBLK error NL
            { yyerrok; $$ = ast_append(ast_each(A, span(@1, @6), $2, $4, true, $7, $9, (Name){0}, (Name){0}),
                                       build_bad(p, @11)); }
    | K_EACH id K_IN expr K_IN K_PARALLEL upto LBLK block RBLK error LBLK junk RBLK rest
            { yyerrok; $$ = ast_append(ast_each(A, span(@1, @6), $2, $4, true, $7, $9, (Name){0}, (Name){0}),
                                       build_bad(p, @11)); }
    | K_EACH id K_IN expr K_IN K_PARALLEL upto LBLK block RBLK K_COLLECT id K_AS id NL
            { $$ = ast_each(A, span(@1, @6), $2, $4, true, $7, $9, $12, $14); }
    | K_EACH id K_IN expr K_IN K_PARALLEL upto LBLK block RBLK K_COLLECT error NL
            { yyerrok; $$ = ast_append(ast_each(A, span(@1, @6), $2, $4, true, $7, $9, (Name){0}, (Name){0}),
                                       build_bad(p, @11)); }
    | K_EACH id K_IN expr K_IN K_PARALLEL upto LBLK block RBLK K_COLLECT error LBLK junk RBLK
            { yyerrok; $$ = ast_append(ast_each(A, span(@1, @6), $2, $4, true, $7, $9, (Name){0}, (Name){0}),
                                       build_bad(p, @11)); }
    | K_EACH error LBLK block RBLK rest       { yyerrok; $$ = ast_append(build_bad(p, @2), $4); }
    | K_EACH error NL                         { yyerrok; $$ = build_bad(p, @1); }
    | K_REPEAT mosttimes LBLK block RBLK K_UNTIL expr NL { $$ = ast_repeat(A, span(@1, @2), $2, $4, $7); }
    | K_REPEAT mosttimes LBLK block RBLK K_UNTIL error NL { yyerrok; $$ = ast_append($4, build_bad(p, @7)); }
    | K_REPEAT mosttimes LBLK block RBLK K_UNTIL error LBLK junk RBLK
            { yyerrok; $$ = ast_append($4, build_bad(p, @7)); }
    | K_REPEAT mosttimes LBLK block RBLK error NL { yyerrok; $$ = ast_append($4, build_bad(p, @6)); }
    | K_REPEAT mosttimes LBLK block RBLK %prec P_ELSES { $$ = ast_append($4, build_endless(p, span(@1, @2))); }
    | K_REPEAT error LBLK block RBLK rest     { yyerrok; $$ = ast_append(build_bad(p, @2), $4); }
    | K_REPEAT error NL                       { yyerrok; $$ = build_bad(p, @1); }
    | K_CALL name with asname NL              { $$ = ast_call(A, @$, $2, $3, $4); }
    | K_START name with asname NL             { $$ = ast_start(A, @$, $2, $3, $4); }
    | K_EMIT name with NL                     { $$ = ast_emit(A, @$, $2, $3); }
    | K_WAIT K_FOR name asname cond within waitend { $$ = ast_wait_for(A, span(@1, @6), $3, $4, $5, $6, $7); }
    | K_WAIT expr NL                          { $$ = ast_wait(A, @$, $2); }
    | K_WAIT K_UNTIL expr NL                  { $$ = ast_wait_until(A, @$, $3); }
    | K_SET place '=' expr NL                 { $$ = ast_set(A, @$, $2, $4); }
    | K_STOP string NL                        { $$ = ast_stop(A, @$, $2); }
    | K_FAIL string NL                        { $$ = ast_fail_(A, @$, $2); }
    | K_LOCK expr LBLK block RBLK             { $$ = ast_lock(A, span(@1, @2), $2, 1, $4); }
    | K_LOCK expr K_OF NUMBER LBLK block RBLK { $$ = ast_lock(A, span(@1, @4), $2, build_count(p, $4, 1), $6); }
    ;

/* A mistake behind the block must not be taken for one inside it. */
elses: %empty %prec P_ELSES                   { $$ = NULL; }
    |  otherwise
    |  error NL                               { yyerrok; $$ = build_bad(p, @1); }
    |  error LBLK junk RBLK right             { yyerrok; $$ = build_bad(p, @1); }
    ;

/* Nothing wrong once more: a thousand wrong blocks in a row are none of one `if`. */
right: %empty %prec P_ELSES
    |  otherwise { }
    |  K_UNTIL expr NL { }
    ;

otherwise: K_ELSE LBLK block RBLK             { $$ = build_block(p, @1, $3); }
    |  K_ELSE K_IF expr LBLK block RBLK elses { $$ = ast_if_(A, span(@2, @3), $3, $5, $7); }
    |  K_ELSE error LBLK block RBLK elses     { yyerrok; $$ = ast_append(ast_append(build_bad(p, @2), $4), $6); }
    |  K_ELSE error NL                        { yyerrok; $$ = build_bad(p, @1); }
    |  LBLK block RBLK elses                  { syntax_missing_else(p, @1); $$ = build_block(p, @1, $2); }
    ;

waitend: NL                                   { $$ = NULL; }
    |    K_ELSE LBLK block RBLK               { $$ = build_block(p, @1, $3); }
    ;

upto: %empty                                  { $$ = 0; }
    | K_UP K_TO NUMBER                        { $$ = build_count(p, $3, 1); }
    ;

mosttimes: %empty                             { $$ = 0; }
    |      K_AT K_MOST NUMBER times         { $$ = build_count(p, $3, 1); }
    ;

with: %empty                                  { $$ = NULL; }
    | K_WITH args1                            { $$ = $2; }
    ;

args1: fname '=' expr                         { $$ = ast_arg(A, @$, $1, $3); }
    |  args1 ',' fname '=' expr               { $$ = ast_append($1, ast_arg(A, span(@3, @5), $3, $5)); }
    ;

asname: %empty                                { $$ = (Name){0}; }
    |   K_AS id                               { $$ = $2; }
    ;

within: %empty                                { $$ = NULL; }
    |   K_WITHIN expr                         { $$ = $2; }
    ;

place: id                                     { $$ = ast_name(A, @$, $1); }
    |  place '.' IDENT                        { $$ = ast_member(A, @$, $1, $3); }
    ;

/* ---- audits and logs ----------------------------------------------------------------- */

audit: K_AUDIT dname LBLK auditems RBLK       { $$ = ast_audit(A, span(@1, @2), $2, $4); }
    |  K_AUDIT error LBLK auditems RBLK { yyerrok; $$ = ast_audit(A, span(@1, @2), build_saved(p, @2), $4); }
    |  K_AUDIT error NL                       { yyerrok; $$ = build_bad(p, @1); }
    ;

auditems: %empty                              { $$ = NULL; }
    |     auditems auditem                    { $$ = ast_append($1, $2); }
    |     auditems error NL                   { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |     auditems error LBLK junk RBLK       { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

auditem: K_WHY string NL                      { $$ = ast_prop(A, @$, K_WHY, $2, NULL); }
    |    K_SEVERITY id NL                     { $$ = ast_prop(A, @$, K_SEVERITY, ast_name(A, @2, $2), NULL); }
    |    K_OWNER who NL                       { $$ = ast_prop(A, @$, K_OWNER, $2, NULL); }
    |    K_WHEN trigger NL                    { $$ = $2; $$->at = @$; }
    |    K_REF strings NL                     { $$ = ast_prop(A, @$, K_REF, $2, NULL); }
    |    K_FIX K_WITHIN expr NL               { $$ = ast_prop(A, @$, K_FIX, $3, NULL); }
    |    K_CHECK STRING rule tails NL         { $$ = ast_check(A, @$, build_declared(p, build_name(p, $2)), $3, $4); }
    |    K_WAIVE STRING waived K_UNTIL DATE K_BECAUSE STRING K_BY name NL
            { $$ = ast_waive(A, @$, build_name(p, $2), $3, $5, $7, $9); }
    |    K_ATTEST STRING K_BY who schedule NL { $$ = ast_attest(A, @$, build_declared(p, build_name(p, $2)), $4, $5); }
    ;

waived: %empty                                { $$ = NULL; }
    |   K_CASE NUMBER                         { $$ = $2; }
    |   K_CASE STRING                         { $$ = $2; }
    ;

rule: K_EVERY name cond caserule              { $$ = ast_rule_every(A, @$, $2, $3, $4); }
    | K_NO name K_WHERE K_SAME K_PERSON K_DID name K_AND name { $$ = ast_rule_same(A, @$, $2, $7, $9); }
    | K_NO name K_WHERE expr                  { $$ = ast_rule_no(A, @$, $2, $4); }
    | K_FILE string K_YOUNGER K_THAN expr     { $$ = ast_younger(A, @$, $2, $5); }
    | K_SHELL string                          { $$ = ast_shell(A, @$, $2); }
    | LUA
    | expr
    ;

cond: %empty                                  { $$ = NULL; }
    | K_WHERE expr                            { $$ = $2; }
    ;

caserule: K_FINISHED K_WITHIN expr            { $$ = ast_finished(A, @$, $3); }
    |     K_HAS name                          { $$ = ast_has(A, @$, $2, 0, (Name){0}, NULL); }
    |     K_HAS name K_BEFORE name            { $$ = ast_has(A, @$, $2, K_BEFORE, $4, NULL); }
    |     K_HAS name K_ONCE                   { $$ = ast_has(A, @$, $2, K_ONCE, (Name){0}, NULL); }
    |     K_HAS name K_AT K_MOST NUMBER times { $$ = ast_has(A, @$, $2, K_MOST, (Name){0}, $5); }
    |     K_HAS K_NO name                     { $$ = ast_has(A, @$, $3, K_NO, (Name){0}, NULL); }
    |     K_HAS name K_THEN name              { $$ = ast_has(A, @$, $2, K_THEN, $4, NULL); }
    |     K_HAS name K_RIGHT K_BEFORE name    { $$ = ast_has(A, @$, $2, K_RIGHT, $5, NULL); }
    |     K_HAS K_NOT K_BOTH name K_AND name  { $$ = ast_has(A, @$, $4, K_BOTH, $6, NULL); }
    |     K_HAS name K_BY rule_who            { $$ = ast_has(A, @$, $2, K_BY, (Name){0}, $4); }
    |     K_STARTS K_WITH name                { $$ = ast_has(A, @$, $3, K_STARTS, (Name){0}, NULL); }
    |     K_ENDS K_WITH name                  { $$ = ast_has(A, @$, $3, K_ENDS, (Name){0}, NULL); }
    ;

tails: %empty                                 { $$ = NULL; }
    |  tails freetail                         { $$ = ast_append($1, $2); }
    |  tails ',' freetail                     { $$ = ast_append($1, $3); }
    |  tails ',' tail                         { $$ = ast_append($1, $3); }
    ;

/* These two may do without a comma: their first words are never names. */
freetail: K_DURING window                     { $$ = ast_tail(A, @$, K_DURING, $2, NULL); }
    |     rows                                { $$ = ast_tail(A, @$, K_ROWS, build_integer(p, @1, $1), NULL); }
    ;

tail: K_AT K_MOST NUMBER exceptions           { $$ = ast_tail(A, @$, K_EXCEPTIONS, $3, NULL); }
    | K_AT K_MOST PERCENT                     { $$ = ast_tail(A, @$, K_MOST, $3, NULL); }
    | K_WARN K_BELOW expr                     { $$ = ast_tail(A, @$, K_BELOW, $3, NULL); }
    | K_WARN K_ABOVE expr                     { $$ = ast_tail(A, @$, K_ABOVE, $3, NULL); }
    | K_MAY K_BE K_EMPTY                      { $$ = ast_tail(A, @$, K_EMPTY, NULL, NULL); }
    | K_SAMPLE NUMBER K_SEEDED NUMBER         { $$ = ast_tail(A, @$, K_SAMPLE, $2, $4); }
    ;

exceptions: K_EXCEPTIONS | K_EXCEPTION;
times: K_TIMES | K_TIME;

pauses: expr
    |   expr K_DOUBLING K_TO expr               { $$ = ast_doubling(A, @$, $1, $4); }
    ;

log: K_LOG dname K_IN string LBLK logitems RBLK { $$ = ast_log(A, span(@1, @2), $2, $4, $6); }
    | K_LOG error LBLK logitems RBLK
            { yyerrok; $$ = ast_log(A, span(@1, @2), build_saved(p, @2), NULL, $4); }
    | K_LOG error NL                          { yyerrok; $$ = build_bad(p, @1); }
    ;

logitems: %empty                              { $$ = NULL; }
    |     logitems logitem                    { $$ = ast_append($1, $2); }
    |     logitems error NL                   { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |     logitems error LBLK junk RBLK       { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

logitem: K_CASE postfix NL                    { $$ = ast_log_case(A, @$, $2); }
    |    K_STEP postfix K_AT postfix logopts NL { $$ = ast_log_step(A, @$, $2, $4, $5); }
    ;

logopts: %empty                               { $$ = NULL; }
    |    logopts K_LIKE STRING                { $$ = ast_append($1, ast_option(A, span(@2, @3), K_LIKE, $3)); }
    |    logopts K_IN STRING                  { $$ = ast_append($1, ast_option(A, span(@2, @3), K_IN, $3)); }
    |    logopts K_BY postfix                 { $$ = ast_append($1, ast_option(A, span(@2, @3), K_BY, $3)); }
    ;

/* ---- tests and scenarios ------------------------------------------------------------- */

test: K_TEST dname LBLK testitems RBLK        { $$ = ast_test(A, span(@1, @2), $2, $4); }
    | K_TEST error LBLK testitems RBLK        { yyerrok; $$ = ast_test(A, span(@1, @2), build_saved(p, @2), $4); }
    | K_TEST error NL                         { yyerrok; $$ = build_bad(p, @1); }
    ;

testitems: %empty                             { $$ = NULL; }
    |      testitems testitem                 { $$ = ast_append($1, $2); }
    |      testitems error NL                 { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |      testitems error LBLK junk RBLK     { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

testitem: action NL
    |     K_CLOCK moment NL                   { $$ = ast_test_clock(A, @$, $2); }
    |     K_GIVEN K_SHELL string K_PRINTS string NL { $$ = ast_given_shell(A, @$, $3, K_PRINTS, $5); }
    |     K_GIVEN K_SHELL string K_FAILS NL   { $$ = ast_given_shell(A, @$, $3, K_FAILS, NULL); }
    |     K_GIVEN K_SHELL string K_EXITS NUMBER NL { $$ = ast_given_shell(A, @$, $3, K_EXITS, $5); }
    |     K_GIVEN K_MAIL string NL            { $$ = ast_given_mail(A, @$, $3, 0); }
    |     K_GIVEN K_MAIL string K_FAILS NL    { $$ = ast_given_mail(A, @$, $3, K_FAILS); }
    |     K_GIVEN K_FILE string K_HOLDS string NL { $$ = ast_given_reach(A, @$, K_FILE, $3, NULL, $5); }
    |     K_GIVEN K_FILE string K_FAILS NL    { $$ = ast_given_reach(A, @$, K_FILE, $3, NULL, NULL); }
    |     K_GIVEN K_HTTP string K_ANSWERS string NL { $$ = ast_given_reach(A, @$, K_HTTP, $3, NULL, $5); }
    |     K_GIVEN K_HTTP string K_ANSWERS NUMBER NL { $$ = ast_given_reach(A, @$, K_HTTP, $3, $5, NULL); }
    |     K_GIVEN K_HTTP string K_ANSWERS NUMBER string NL { $$ = ast_given_reach(A, @$, K_HTTP, $3, $5, $6); }
    |     K_GIVEN K_HTTP string K_FAILS NL    { $$ = ast_given_reach(A, @$, K_HTTP, $3, NULL, NULL); }
    |     K_GIVEN name '[' ']' NL             { $$ = ast_given_table(A, @$, $2, NULL); }
    |     K_GIVEN name '[' exprs ']' NL       { $$ = ast_given_table(A, @$, $2, $4); }
    |     K_AFTER expr NL                     { $$ = ast_test_after(A, @$, $2); }
    |     K_EXPECT expected NL                { $$ = ast_expect(A, @$, $2); }
    ;

moment: DATE
    |   DATETIME
    |   DATE K_IN name                        { $$ = ast_binary(A, @$, K_IN, $1, ast_name(A, @3, $3)); }
    |   DATETIME K_IN name                    { $$ = ast_binary(A, @$, K_IN, $1, ast_name(A, @3, $3)); }
    ;

action: K_START name with                     { $$ = ast_test_act(A, @$, K_START, $2, (Name){0}, $3, NULL, (Name){0}); }
    |   K_START name K_AT name with           { $$ = ast_test_act(A, @$, K_START, $2, $4, $5, NULL, (Name){0}); }
    |   K_DONE name with asperson             { $$ = ast_test_act(A, @$, K_DONE, (Name){0}, $2, $3, NULL, $4); }
    |   K_APPROVE name because asperson       { $$ = ast_test_act(A, @$, K_APPROVE, (Name){0}, $2, NULL, $3, $4); }
    |   K_REJECT name because asperson        { $$ = ast_test_act(A, @$, K_REJECT, (Name){0}, $2, NULL, $3, $4); }
    |   K_RETRY name because asperson         { $$ = ast_test_act(A, @$, K_RETRY, (Name){0}, $2, NULL, $3, $4); }
    |   K_SKIP name with because asperson     { $$ = ast_test_act(A, @$, K_SKIP, (Name){0}, $2, $3, $4, $5); }
    |   K_CANCEL name because asperson        { $$ = ast_test_act(A, @$, K_CANCEL, (Name){0}, $2, NULL, $3, $4); }
    |   K_SIGNAL name with
            { $$ = ast_test_act(A, @$, K_SIGNAL, $2, (Name){0}, $3, NULL, (Name){0}); }
    ;

because: %empty                               { $$ = NULL; }
    |    K_BECAUSE string                     { $$ = $2; }
    ;

asperson: %empty                              { $$ = (Name){0}; }
    |     K_AS name                           { $$ = $2; }
    ;

expected: expr
    |     K_OFFERED name K_TO name            { $$ = ast_offered(A, @$, $2, $4); }
    |     K_WAITING K_FOR name                { $$ = ast_awaits(A, @$, $3); }
    |     K_REFUSED action                    { $$ = $2; }
    |     K_DID name                          { $$ = ast_did(A, @$, $2, (Name){0}); }
    |     K_DID name K_BEFORE name            { $$ = ast_did(A, @$, $2, $4); }
    ;

scenario: K_SCENARIO dname LBLK scenitems RBLK { $$ = ast_scenario(A, span(@1, @2), $2, $4); }
    |     K_SCENARIO error LBLK scenitems RBLK
            { yyerrok; $$ = ast_scenario(A, span(@1, @2), build_saved(p, @2), $4); }
    |     K_SCENARIO error NL                 { yyerrok; $$ = build_bad(p, @1); }
    ;

scenitems: %empty                             { $$ = NULL; }
    |      scenitems scenitem                 { $$ = ast_append($1, $2); }
    |      scenitems error NL                 { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    |      scenitems error LBLK junk RBLK     { yyerrok; $$ = ast_append($1, build_bad(p, @2)); }
    ;

scenitem: K_VOLUME name '*' expr cond NL      { $$ = ast_volume(A, @$, $2, $4, $5); }
    |     K_PEOPLE name '=' expr NL           { $$ = ast_staff(A, @$, $2, $4); }
    |     K_LASTS path spread NL              { $$ = ast_assume(A, @$, K_LASTS, $2, $3); }
    |     K_ASSUME assumes NL                 { $$ = $2; }
    |     K_RUN expr NL                       { $$ = ast_run(A, @$, $2, NULL); }
    |     K_RUN expr ',' NUMBER times NL      { $$ = ast_run(A, @$, $2, $4); }
    ;

assumes: path spread                          { $$ = ast_assume(A, @$, K_ASSUME, $1, $2); }
    |    assumes ',' path spread              { $$ = ast_append($1, ast_assume(A, span(@3, @4), K_ASSUME, $3, $4)); }
    ;

spread: expr
    |   K_FROM K_HISTORY                      { $$ = ast_history(A, @$, 0); }
    ;

/* ---- expressions --------------------------------------------------------------------- */

expr: expr K_OR expr                          { $$ = ast_binary(A, @$, K_OR, $1, $3); }
    | expr K_AND expr                         { $$ = ast_binary(A, @$, K_AND, $1, $3); }
    | K_NOT expr                              { $$ = ast_unary(A, @$, K_NOT, $2); }
    | expr LT expr                            { $$ = ast_binary(A, @$, LT, $1, $3); }
    | expr GT expr                            { $$ = ast_binary(A, @$, GT, $1, $3); }
    | expr LE expr                            { $$ = ast_binary(A, @$, LE, $1, $3); }
    | expr GE expr                            { $$ = ast_binary(A, @$, GE, $1, $3); }
    | expr K_IS expr                          { $$ = ast_binary(A, @$, K_IS, $1, $3); }
    | expr ISNOT expr                         { $$ = ast_binary(A, @$, ISNOT, $1, $3); }
    | expr K_IN expr                          { $$ = ast_binary(A, @$, K_IN, $1, $3); }
    | expr NOTIN expr                         { $$ = ast_binary(A, @$, NOTIN, $1, $3); }
    | expr K_MATCHES expr                     { $$ = ast_binary(A, @$, K_MATCHES, $1, $3); }
    | expr RANGE expr                         { $$ = ast_range(A, @$, $1, $3); }
    | expr '+' expr                           { $$ = ast_binary(A, @$, '+', $1, $3); }
    | expr '-' expr                           { $$ = ast_binary(A, @$, '-', $1, $3); }
    | expr '*' expr                           { $$ = ast_binary(A, @$, '*', $1, $3); }
    | expr '/' expr                           { $$ = ast_binary(A, @$, '/', $1, $3); }
    | '-' expr %prec NEG                      { $$ = ast_unary(A, @$, '-', $2); }
    | K_IF expr K_THEN expr K_ELSE expr %prec P_IF { $$ = ast_conditional(A, @$, $2, $4, $6); }
    | postfix
    | BDUR %prec P_BDUR
    | BDUR K_IN name                          { $$ = $1; $$->business.calendar = $3; $$->at = @$; }
    | DATETIME %prec P_BDUR
    | DATETIME K_IN name                      { $$ = ast_binary(A, @$, K_IN, $1, ast_name(A, @3, $3)); }
    | DATETIME K_IN '[' exprs ']'             { $$ = ast_binary(A, @$, K_IN, $1, ast_list(A, span(@3, @5), $4)); }
    ;

postfix: id                                   { $$ = ast_name(A, @$, $1); }
    |    postfix '.' IDENT                    { $$ = ast_member(A, @$, $1, $3); }
    |    postfix '.' STRING                   { $$ = ast_member(A, @$, $1, build_name(p, $3)); }
    |    postfix '[' expr ']'                 { $$ = ast_index(A, @$, $1, $3); }
    |    postfix '(' ')'                      { $$ = ast_apply(A, @$, $1, NULL); }
    |    postfix '(' args ')'                 { $$ = build_apply(p, @$, $1, $3); }
    |    '(' expr ')'                         { $$ = $2; }
    |    '[' ']'                              { $$ = ast_list(A, @$, NULL); }
    |    '[' exprs ']'                        { $$ = ast_list(A, @$, $2); }
    |    string
    |    NUMBER | PERCENT | MONEY | DURATION | DATE
    |    TIME                                 { $$ = build_time(p, $1); }
    |    PERIOD                               { $$ = ast_window(A, @$, 0, $1, (Name){0}, false); }
    |    K_YES                                { $$ = ast_literal(A, @$, value_boolean(true)); }
    |    K_NO                                 { $$ = ast_literal(A, @$, value_boolean(false)); }
    |    K_NONE                               { $$ = ast_literal(A, @$, VALUE_NONE); }
    ;

exprs: expr
    |  exprs ',' expr                         { $$ = ast_append($1, $3); }
    ;

args: arg
    | args ',' arg                            { $$ = ast_append($1, $3); }
    ;

arg: expr                                     { $$ = build_arg(p, @$, $1); }
    | IDENT '=' expr                          { $$ = ast_arg(A, @$, $1, $3); }
    | STRING '=' expr                         { $$ = ast_arg(A, @$, build_name(p, $1), $3); }
    | expr K_WHERE expr                       { $$ = ast_where(A, @$, $1, $3); }
    | expr K_OF name cond                     { $$ = ast_of(A, @$, $1, $3, $4); }
    | spanwindow
    | spanwindow K_BY IDENT                   { if (!build_by_start(p, @$, $1, $3)) YYERROR; $$ = $1; }
    | PERIOD K_BY IDENT
            { $$ = ast_window(A, @1, 0, $1, (Name){0}, false); if (!build_by_start(p, @$, $$, $3)) YYERROR; }
    ;

window: spanwindow
    |   PERIOD                                { $$ = ast_window(A, @$, 0, $1, (Name){0}, false); }
    ;

spanwindow: K_LAST DURATION                   { $$ = ast_window(A, @$, K_LAST, $2, (Name){0}, false); }
    |       K_LAST BDUR                       { $$ = ast_window(A, @$, K_LAST, $2, (Name){0}, false); }
    |       K_LAST IDENT                      { $$ = ast_window(A, @$, K_LAST, NULL, $2, false); }
    |       K_THIS IDENT                      { $$ = ast_window(A, @$, K_THIS, NULL, $2, false); }
    |       K_ALL K_TIME                      { $$ = ast_window(A, @$, K_ALL, NULL, $2, false); }
    ;
%%

void opserror(Span *at, Parse *p, const char *message)
{
    (void)message;                 /* bison calls this when its stack is full, and for nothing else */
    uint32_t from = at->from - p->source->offset, to = at->to - p->source->offset;
    Diag *m = source_report(p->source, DIAG_E0118, from, to, "this is nested too deeply");
    diag_hint(p->source->diags, m, "split it into parts with names of their own");
}

/* ---- what could follow --------------------------------------------------------------- */

enum { AHEAD_MAX = 64 };

typedef struct Ahead {             /* states that the parser would push, above its own stack */
    const yy_state_t *own;
    yy_state_t above[AHEAD_MAX];
    int n;
} Ahead;

static int ahead_state(const Ahead *ahead)
{
    return ahead->n ? ahead->above[ahead->n - 1] : *ahead->own;
}

static bool ahead_push(Ahead *ahead, int state)
{
    if (ahead->n == AHEAD_MAX)
        return false;
    ahead->above[ahead->n++] = (yy_state_t)state;
    return true;
}

static bool ahead_reduce(Ahead *ahead, int rule)
{
    int length = yyr2[rule], left = yyr1[rule] - YYNTOKENS;
    int above = length < ahead->n ? length : ahead->n;
    ahead->n -= above;
    ahead->own -= length - above;
    int state = ahead_state(ahead), i = yypgoto[left] + state;
    bool listed = i >= 0 && i <= YYLAST && yycheck[i] == state;
    return ahead_push(ahead, listed ? yytable[i] : yydefgoto[left]);
}

/* Reduces as the lookahead asks for, then shifts it. */
static bool ahead_take(Ahead *ahead, yysymbol_kind_t token)
{
    for (;;) {
        int state = ahead_state(ahead), i = yypact[state], rule;
        if (state == YYFINAL)
            return token == YYSYMBOL_YYEOF;
        if (!yypact_value_is_default(i) && (i += token) >= 0 && i <= YYLAST && yycheck[i] == token) {
            if (yytable_value_is_error(yytable[i]))
                return false;
            if (yytable[i] > 0)
                return ahead_push(ahead, yytable[i]);
            rule = -yytable[i];
        } else {
            rule = yydefact[state];
        }
        if (rule == 0 || !ahead_reduce(ahead, rule))
            return false;
    }
}

static bool ahead_is_name(const Ahead *ahead)
{
    int state = ahead_state(ahead);
    return yypact_value_is_default(yypact[state]) && yyr1[yydefact[state]] == YYSYMBOL_soft;
}

bool grammar_takes(GrammarPlace *place, const Word *tokens, uint32_t n, bool *as_name)
{
    Ahead ahead;
    ahead.own = place, ahead.n = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!ahead_take(&ahead, YYTRANSLATE(tokens[i])))
            return false;
    if (as_name)
        *as_name = ahead_is_name(&ahead);
    return true;
}

uint32_t grammar_fits(GrammarPlace *place, Word word, const Word *behind, uint32_t n)
{
    Ahead ahead;
    ahead.own = place, ahead.n = 0;
    if (!ahead_take(&ahead, YYTRANSLATE(word)) || ahead_is_name(&ahead))
        return 0;
    uint32_t fit = 0;
    while (fit < n && ahead_take(&ahead, YYTRANSLATE(behind[fit])))
        fit++;
    return fit + 1;
}

GrammarPlace *grammar_start(void)
{
    static const yy_state_t first = 0;
    return &first;
}

GrammarPlace *grammar_below(GrammarPlace *place)
{
    return (const yy_state_t *)place - 1;
}

GrammarPlace *grammar_place(const opspstate *ps)
{
    return ps->yyssp;
}

static int yyreport_syntax_error(const yypcontext_t *context, Parse *p)
{
    syntax_report(p, context->yyps->yyssp);
    return 0;
}

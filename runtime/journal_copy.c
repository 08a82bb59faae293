/* journal_copy.c -- a store as another file, and as text.
 *
 * A backup is SQLite's own copy of one moment, so it waits for nobody and
 * nobody waits for it. An export is every row of every table, a line each, in
 * order of its key; an import puts them back. Both make a draft beside the
 * name that is wanted, verify it, and only then give it its name.
 *
 * Each line carries the hash of the line before it and its own text, so the
 * first line that was changed, left out, added or moved is known by number;
 * the last line says that it is the last, and what the store's head was.
 *
 * The statements are made here, not in journal_sql.def: which columns there
 * are is asked of the tables themselves, so that none can be forgotten.
 */
#include "base/json.h"
#include "runtime/journal_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECK_DIGITS = 16 };

static const struct { const char *name, *order; } tables[] = {
    {"counters", "shard, name"},
    {"flows", "shard, hash"},
    {"files", "shard, hash, part"},
    {"events", "n"},
    {"heads", "shard"},
    {"cases", "shard, id"},
    {"snapshots", "shard, case_id"},
    {"work", "shard, case_id, act"},
    {"dues", "shard, due, case_id, act"},
    {"claims", "shard, case_id, act"},
    {"messages", "shard, id"},
    {"causes", "shard, cause"},
    {"taken", "shard, process, key"},
    {"schedules", "shard, name"},
    {"rejected", "shard, process, content, file"},
    {"notes", "shard, key"},
};
enum { TABLES = sizeof tables / sizeof *tables };

/* ---- a store under a new name ------------------------------------------------------------ */

static Status is_free(const char *path, Error *err)
{
    struct stat is;
    if (lstat(path, &is) == 0)
        return fail(err, ST_CANTCREATE, "there is something at %s already, and it stays: name a new file", path);
    return errno == ENOENT || errno == ENOTDIR ? ST_OK
                                               : fail(err, ST_CANTCREATE, "making %s: %s", path, strerror(errno));
}

/* Is the draft whole, and on the disk? A report with problems is no failure here. */
static Status prove(const char *draft, const char *head, VerifyReport *report, Error *err)
{
    Journal *j = NULL;
    Status st = journal_open(draft, JOURNAL_READ, &j, err);
    if (st == ST_OK) st = journal_verify(j, head, report, err);
    journal_close(j);
    int fd = st == ST_OK ? open(draft, O_RDONLY | O_CLOEXEC) : -1;
    if (st == ST_OK && (fd < 0 || fsync(fd) != 0)) st = fail(err, ST_IO, "writing %s: %s", draft, strerror(errno));
    if (fd >= 0) close(fd);
    return st;
}

/* Is this the name, in its folder, of a draft of that file, or of what lies beside one, whose maker is gone? */
static bool is_of_the_dead(const char *name, const char *file)
{
    size_t n = strlen(file);
    char *end;
    if (strncmp(name, file, n) != 0 || name[n] != '.') return false;
    long pid = strtol(name + n + 1, &end, 10);
    return pid > 0 && end > name + n + 1 && strncmp(end, ".new", 4) == 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Who was killed over a draft left it: nobody but them would ever use it. */
static void clear_drafts(const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    char *folder = mem_dup(slash ? path : "./");
    if (slash) folder[slash - path + 1] = '\0';
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (is_of_the_dead(entry->d_name, file)) unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir) closedir(dir);
    free(folder);
}

static void name_draft(Buf *out, const char *path)
{
    clear_drafts(path);
    buf_printf(out, "%s.%ld.new", path, (long)getpid());
}

/* ---- backup --------------------------------------------------------------------------------- */

static Status copy_pages(Journal *j, const char *draft, Error *err)
{
    sqlite3 *db = NULL;
    int rc = sql_connect(draft, SQLITE_OPEN_READWRITE, &db);
    sqlite3_backup *copy = rc == SQLITE_OK ? sqlite3_backup_init(db, "main", j->db, "main") : NULL;
    if (copy) sqlite3_backup_step(copy, -1);       /* all of it: what is read is one moment */
    if (copy) rc = sqlite3_backup_finish(copy);
    else if (db) rc = sqlite3_extended_errcode(db);
    Status st = ST_OK;
    if (rc != SQLITE_OK) st = fail(err, ST_IO, "copying the store %s to %s: %s", j->path, draft, sqlite3_errstr(rc));
    sqlite3_close(db);
    return st;
}

/* One moment of the store, and of its archive what that moment knows. */
static Status copy_both(Journal *j, const char *draft, Error *err)
{
    int64_t cases;
    Status st = archive_find(j, err);
    if (st == ST_OK) st = archive_is_not_missed(j, err);
    if (st == ST_OK) st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = sql_int(j, SQL_CASES_COUNT, NULL, 0, 0, &cases, err);         /* from here on it is that moment */
    if (st == ST_OK) st = copy_pages(j, draft, err);
    if (st == ST_OK) st = archive_put_back(j, draft, err);
    read_end(j);
    return st;
}

Status journal_backup(Journal *j, const char *to, VerifyReport *report, Error *err)
{
    Buf draft = {0};
    *report = (VerifyReport){0};
    Status st = is_free(to, err);
    if (st != ST_OK) return st;
    name_draft(&draft, to);
    st = draft_begin(draft.p, to, err);
    if (st == ST_OK) {
        st = copy_both(j, draft.p, err);
        if (st == ST_OK) st = prove(draft.p, NULL, report, err);
        st = draft_end(draft.p, to, false, st == ST_OK && report->problems ? ST_FINDINGS : st, err);
    }
    buf_free(&draft);
    return st == ST_FINDINGS ? ST_OK : st;
}

/* ---- lines ------------------------------------------------------------------------------------ */

/* A line is {"check":"DIGITS",REST: what the digits are the hash of is the check before and REST. */
typedef struct Lines { uint8_t check[SHA256_BYTES]; uint64_t n; } Lines;

static void check_next(Lines *l, const char *rest, size_t n, char digits[65])
{
    sha256_two(l->check, SHA256_BYTES, rest, n, l->check);
    sha256_hex(l->check, digits);
    digits[CHECK_DIGITS] = '\0';
    l->n++;
}

static void add_hex(Buf *b, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) buf_printf(b, "%02x", p[i]);
}

/* ---- export ------------------------------------------------------------------------------------- */

typedef struct Export {
    Journal *j;
    Lines lines;
    LineVisit *visit;
    void *self;
    Buf rest, line;
    Arena *arena;
} Export;

static Status tell_line(Export *x, Error *err)
{
    char digits[65];
    check_next(&x->lines, x->rest.p, x->rest.n, digits);
    buf_clear(&x->line);
    buf_printf(&x->line, "{\"check\":\"%s\",", digits);
    buf_add(&x->line, x->rest.p, x->rest.n);
    return x->visit(x->self, x->line.p, x->line.n, err);
}

static void add_digits(Export *x, const void *bytes, size_t n)
{
    buf_putc(&x->rest, '"');
    add_hex(&x->rest, bytes, n);
    buf_putc(&x->rest, '"');
}

/* A row of a file that was set aside may hold any bytes: what is no text for JSON is told by its digits. */
static void add_text(Export *x, const char *text, size_t n)
{
    if (utf8_check(text, n) == n && !memchr(text, '\0', n)) {
        json_string(&x->rest, text, n);
        return;
    }
    buf_puts(&x->rest, "{\"hex\":");
    add_digits(x, text, n);
    buf_putc(&x->rest, '}');
}

static void add_column(Export *x, sqlite3_stmt *s, int i)
{
    size_t n = (size_t)sqlite3_column_bytes(s, i);
    json_key(&x->rest, sqlite3_column_name(s, i));
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_NULL: buf_puts(&x->rest, "null"); break;
    case SQLITE_INTEGER: buf_printf(&x->rest, "%lld", (long long)sqlite3_column_int64(s, i)); break;
    case SQLITE_BLOB: add_digits(x, sqlite3_column_blob(s, i), n); break;
    default: add_text(x, col_name(s, i), n); break;
    }
}

static Status prepare(Journal *j, const char *text, sqlite3_stmt **s, Error *err)
{
    int rc = sqlite3_prepare_v2(j->db, text, -1, s, NULL);
    return rc == SQLITE_OK ? ST_OK : sql_fail(j, rc, err);
}

/* What lies in the archive comes in its place. */
static const char *select_table(const Journal *j, Arena *a, size_t t)
{
    const char *name = tables[t].name, *more = "";
    if (j->archive && strcmp(name, "events") == 0)
        more = " UNION SELECT * FROM archive.events WHERE n < (SELECT max(n) FROM main.events)";
    if (j->archive && strcmp(name, "snapshots") == 0)
        more = " UNION ALL SELECT o.* FROM archive.snapshots o JOIN main.cases c"
               " ON c.shard = o.shard AND c.id = o.case_id AND o.seq <= c.seq WHERE NOT EXISTS"
               " (SELECT 1 FROM main.snapshots s WHERE s.shard = o.shard AND s.case_id = o.case_id)";
    return arena_printf(a, "SELECT * FROM main.%s%s ORDER BY %s", name, more, tables[t].order);
}

static Status export_table(Export *x, size_t t, Error *err)
{
    sqlite3_stmt *s = NULL;
    Status st = prepare(x->j, select_table(x->j, x->arena, t), &s, err);
    while (st == ST_OK && (st = sql_next(x->j, s, err)) == ST_OK) {
        buf_clear(&x->rest);
        buf_printf(&x->rest, "\"table\":\"%s\"", tables[t].name);
        for (int i = 0; i < sqlite3_column_count(s); i++) add_column(x, s, i);
        buf_putc(&x->rest, '}');
        st = tell_line(x, err);
    }
    sqlite3_finalize(s);
    return st == ST_END ? ST_OK : st;
}

static Status export_all(Export *x, const char *head, Error *err)
{
    Status st = ST_OK;
    buf_printf(&x->rest, "\"ops\":\"store\",\"version\":%d}", JOURNAL_VERSION);
    st = tell_line(x, err);
    for (size_t t = 0; t < TABLES && st == ST_OK; t++) st = export_table(x, t, err);
    buf_clear(&x->rest);
    buf_printf(&x->rest, "\"end\":%llu,\"head\":\"%s\"}", (unsigned long long)x->lines.n + 1, head);
    return st == ST_OK ? tell_line(x, err) : st;
}

/* Only a sound store is exported: what comes of it must be sound again. */
Status journal_export(Journal *j, LineVisit *visit, void *self, Error *err)
{
    Export x = {.j = j, .visit = visit, .self = self};
    VerifyReport r = {0};
    Status st = archive_find(j, err);
    if (st == ST_OK) st = read_begin(j, err);
    if (st != ST_OK) return st;
    x.arena = arena_new();
    st = journal_verify(j, NULL, &r, err);
    if (st == ST_OK && r.problems)
        st = fail(err, ST_IO, "the store %s is not as it was written (`ops verify` tells what): it is not exported",
                  j->path);
    if (st == ST_OK) st = export_all(&x, r.head, err);
    read_end(j);
    buf_free(&r.text);
    buf_free(&x.rest);
    buf_free(&x.line);
    arena_free(x.arena);
    return st;
}

/* ---- import ---------------------------------------------------------------------------------------- */

typedef struct Import {
    Journal *j;
    Lines lines;
    Arena *arena;                      /* of one line */
    sqlite3_stmt *add[TABLES];
    sqlite3_stmt *look[TABLES];        /* selects all columns, for their names and types; is never run */
    size_t table;                      /* of the line before; they come in order */
    bool ended;
    char head[HEAD_TEXT];
} Import;

static Status wrong(const Import *m, Error *err, const char *what)
{
    return fail(err, ST_VALUE, "line %llu: %s. Nothing was made", (unsigned long long)m->lines.n, what);
}

static bool number_of(const Json *v, int64_t *out)
{
    char *end;
    errno = 0;
    *out = v->type == JSON_NUMBER ? strtoll(v->text, &end, 10) : 0;
    return v->type == JSON_NUMBER && errno == 0 && *end == '\0';
}

static uint8_t *from_hex(Arena *a, const Json *v, size_t *n)
{
    *n = v->len / 2;
    uint8_t *bytes = arena_alloc(a, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        unsigned byte;
        char two[3] = {v->text[2 * i], v->text[2 * i + 1], '\0'};
        if (strspn(two, "0123456789abcdef") != 2 || sscanf(two, "%x", &byte) != 1) return NULL;
        bytes[i] = (uint8_t)byte;
    }
    return v->len % 2 ? NULL : bytes;
}

/* A text by its digits; false: they are none. */
static bool bind_digits(Import *m, size_t t, int i, const Json *hex)
{
    size_t n;
    const uint8_t *bytes = hex && hex->type == JSON_STRING ? from_hex(m->arena, hex, &n) : NULL;
    const char *text = (const char *)bytes;
    return bytes && sqlite3_bind_text64(m->add[t], i + 1, text, n, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
}

/* false: the value is none of the column's type. */
static bool bind_column(Import *m, size_t t, int i, const Json *v)
{
    const char *type = sqlite3_column_decltype(m->look[t], i);
    int64_t number;
    size_t n;
    if (v->type == JSON_NULL) return sqlite3_bind_null(m->add[t], i + 1) == SQLITE_OK;
    if (number_of(v, &number))
        return strcmp(type, "INTEGER") == 0 && sqlite3_bind_int64(m->add[t], i + 1, number) == SQLITE_OK;
    if (v->type == JSON_OBJECT && strcmp(type, "TEXT") == 0) return bind_digits(m, t, i, json_get(v, "hex"));
    if (v->type != JSON_STRING || strcmp(type, "INTEGER") == 0) return false;
    if (strcmp(type, "TEXT") == 0)
        return sqlite3_bind_text64(m->add[t], i + 1, v->text, v->len, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
    const uint8_t *bytes = from_hex(m->arena, v, &n);
    return bytes && sqlite3_bind_blob64(m->add[t], i + 1, bytes, n, SQLITE_STATIC) == SQLITE_OK;
}

static Status prepare_table(Import *m, size_t t, Error *err)
{
    Buf text = {0};
    buf_printf(&text, "SELECT * FROM %s", tables[t].name);
    Status st = prepare(m->j, text.p, &m->look[t], err);
    buf_clear(&text);
    buf_printf(&text, "INSERT INTO %s VALUES(?", tables[t].name);
    for (int i = 1; st == ST_OK && i < sqlite3_column_count(m->look[t]); i++) buf_puts(&text, ",?");
    buf_putc(&text, ')');
    if (st == ST_OK) st = prepare(m->j, text.p, &m->add[t], err);
    buf_free(&text);
    return st;
}

static Status add_row(Import *m, size_t t, const Json *v, Error *err)
{
    Status st = m->add[t] ? ST_OK : prepare_table(m, t, err);
    if (st != ST_OK) return st;
    for (int i = 0; i < sqlite3_column_count(m->look[t]); i++, v = v->next) {
        if (!v || strcmp(v->name, sqlite3_column_name(m->look[t], i)) != 0)
            return wrong(m, err, "it has not the columns of its table");
        if (!bind_column(m, t, i, v)) return wrong(m, err, "a value is not of its column's type");
    }
    int rc = v ? SQLITE_CONSTRAINT : sqlite3_step(m->add[t]);
    sqlite3_reset(m->add[t]);
    if ((rc & 0xff) == SQLITE_CONSTRAINT) return wrong(m, err, "its row does not fit its table, or is there already");
    return rc == SQLITE_DONE ? ST_OK : sql_fail(m->j, rc, err);
}

static Status read_first(Import *m, const Json *v, Error *err)
{
    int64_t version = 0;
    const Json *of = json_get(v, "version");
    if (!json_get(v, "ops") || !of || !number_of(of, &version))
        return wrong(m, err, "this is no export of `ops export`");
    if (version > JOURNAL_VERSION)
        return fail(err, ST_CONFIG, "a newer ops exported this (version %lld, this ops knows %d): use the newer one",
                    (long long)version, JOURNAL_VERSION);
    if (version < JOURNAL_VERSION)
        return fail(err, ST_CONFIG,
                    "an older ops exported this (version %lld): import it there, and open the store here",
                    (long long)version);
    return ST_OK;
}

static Status read_row(Import *m, const Json *v, Error *err)
{
    const Json *of = json_get(v, "table"), *head = json_get(v, "head");
    if (m->ended) return wrong(m, err, "there is more behind the end");
    if (json_get(v, "end") && head && head->type == JSON_STRING && head->len < sizeof m->head) {
        m->ended = true;
        memcpy(m->head, head->text, head->len + 1);
        return ST_OK;
    }
    for (size_t t = m->table; of && of->type == JSON_STRING && t < TABLES; t++)
        if (strcmp(of->text, tables[t].name) == 0) {
            m->table = t;
            return add_row(m, t, of->next, err);
        }
    return wrong(m, err, "it names no table, or one that came before");
}

static Status read_line(Import *m, const char *line, size_t n, Error *err)
{
    static const char begin[] = "{\"check\":\"";
    const size_t skip = sizeof begin - 1 + CHECK_DIGITS;
    char digits[65];
    Json *v;
    Error why;
    bool shaped = n > skip + 2 && memcmp(line, begin, sizeof begin - 1) == 0 && memcmp(line + skip, "\",", 2) == 0;
    if (!shaped) {
        m->lines.n++;
        return wrong(m, err, "this is no line of `ops export`");
    }
    check_next(&m->lines, line + skip + 2, n - skip - 2, digits);
    if (memcmp(digits, line + sizeof begin - 1, CHECK_DIGITS) != 0)
        return wrong(m, err, "it is not as it was exported, or not in its place: a line was changed, left out, added or"
                             " moved");
    arena_reset(m->arena);
    if (json_parse(m->arena, line, n, &v, &why) != ST_OK) return wrong(m, err, why.text);
    return m->lines.n == 1 ? read_first(m, v, err) : read_row(m, v, err);
}

static Status read_lines(Import *m, LineNext *next, void *self, Error *err)
{
    const char *line;
    size_t n;
    Status st = sql_script(m->j, "DELETE FROM counters", err);         /* the lines bring their own */
    while (st == ST_OK && (st = next(self, &line, &n, err)) == ST_OK) st = read_line(m, line, n, err);
    if (st == ST_END && !m->ended) {
        m->lines.n++;
        st = wrong(m, err, "the export ends here, before its last line: it was cut off");
    }
    return st == ST_END ? ST_OK : st;
}

static Status import_into(const char *draft, LineNext *next, void *self, char head[HEAD_TEXT], Error *err)
{
    Import m = {.arena = arena_new()};
    Status st = journal_open(draft, JOURNAL_WRITE, &m.j, err);
    if (st == ST_OK) st = sql_script(m.j, "BEGIN IMMEDIATE", err);
    if (st == ST_OK) st = read_lines(&m, next, self, err);
    int rc = st == ST_OK ? traces_anew(m.j->db) : SQLITE_OK;
    if (rc != SQLITE_OK) st = sql_fail(m.j, rc, err);
    for (size_t t = 0; t < TABLES; t++) sqlite3_finalize(m.add[t]), sqlite3_finalize(m.look[t]);
    if (st == ST_OK) st = sql_script(m.j, "COMMIT", err);
    memcpy(head, m.head, sizeof m.head);
    journal_close(m.j);
    arena_free(m.arena);
    return st;
}

/* Makes the folder too, as for any new store. */
static Status make_draft(const char *draft, Error *err)
{
    Journal *j = NULL;
    Status st = journal_open(draft, JOURNAL_CREATE, &j, err);
    journal_close(j);
    return st;
}

/* How much of the path is there before the store is made: up to the end of a folder's name; 0: nothing of it. */
static size_t folders_there(const char *path)
{
    char *text = mem_dup(path);
    size_t there = 0;
    for (char *slash = strchr(text + 1, '/'); *text && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (access(text, F_OK) == 0) there = (size_t)(slash - text);
        *slash = '/';
    }
    free(text);
    return there;
}

/* What was made for a store that came to nothing; a folder that somebody else put something into stays. */
static void remove_folders(const char *path, size_t there)
{
    char *text = mem_dup(path), *slash;
    while ((slash = strrchr(text, '/')) && (size_t)(slash - text) > there) {
        *slash = '\0';
        if (*text && rmdir(text) != 0) break;
    }
    free(text);
}

/* Is it what was told with what was exported? Older versions do not tell the order of the events. */
static bool is_head(const char *told, const char *now)
{
    size_t n = strlen(told);
    return strncmp(told, now, n) == 0 && (now[n] == '\0' || now[n] == '=');
}

Status journal_import(const char *path, LineNext *next, void *self, VerifyReport *report, Error *err)
{
    Buf draft = {0};
    char head[HEAD_TEXT] = "";
    *report = (VerifyReport){0};
    Status st = is_free(path, err);
    if (st != ST_OK) return st;
    size_t there = folders_there(path);
    name_draft(&draft, path);
    st = make_draft(draft.p, err);
    if (st == ST_OK) st = import_into(draft.p, next, self, head, err);
    if (st == ST_OK) st = prove(draft.p, head, report, err);
    if (st == ST_OK && (report->problems || report->since || !is_head(head, report->head)))
        st = fail(err, ST_VALUE, "what was exported is no sound history:\n%s", buf_text(&report->text));
    st = draft_end(draft.p, path, false, st, err);
    buf_free(&draft);
    if (st != ST_OK) remove_folders(path, there), buf_free(&report->text);
    return st;
}

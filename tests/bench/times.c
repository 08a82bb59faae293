/* times.c -- what the events of a store tell of time: `recorded` is when each was written.
 *
 *   times turns STORE        of the cases of "P" while all were under way: "share wait all least", the commits of the
 *                            slowest to those of the fastest, the longest wait of one, how many they were, the
 *                            slowest's
 *   times count STORE        "events commits"
 *   times since STORE MICROS  milliseconds from a moment to the first event recorded after it
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_stmt *ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK) return s;
    fprintf(stderr, "times: %s: %s\n", sql, sqlite3_errmsg(db));
    exit(70);
}

static int turns(sqlite3 *db)
{
    static const char between[] =
        "WITH each AS (SELECT case_id, recorded FROM events WHERE case_id IN (SELECT id FROM cases WHERE process = 'P'"
        ") GROUP BY case_id, recorded), ends AS (SELECT max(a) AS begins, min(z) AS ends FROM (SELECT min(recorded) AS"
        " a, max(recorded) AS z FROM each GROUP BY case_id)), during AS (SELECT case_id, recorded, recorded -"
        " lag(recorded) OVER (PARTITION BY case_id ORDER BY recorded) AS gap FROM each, ends WHERE recorded BETWEEN"
        " begins AND ends), counted AS (SELECT count(*) AS n, max(gap) AS gap FROM during GROUP BY case_id)"
        " SELECT 1.0 * min(n) / max(n), max(gap) / 1e6, count(*), min(n) FROM counted";
    sqlite3_stmt *s = ask(db, between);
    if (sqlite3_step(s) != SQLITE_ROW) return 70;
    printf("%.2f %.3f %d %d\n", sqlite3_column_double(s, 0), sqlite3_column_double(s, 1), sqlite3_column_int(s, 2),
           sqlite3_column_int(s, 3));
    sqlite3_finalize(s);
    return 0;
}

static int counts(sqlite3 *db)
{
    sqlite3_stmt *s = ask(db, "SELECT count(*), count(DISTINCT recorded) FROM events");
    if (sqlite3_step(s) != SQLITE_ROW) return 70;
    printf("%d %d\n", sqlite3_column_int(s, 0), sqlite3_column_int(s, 1));
    sqlite3_finalize(s);
    return 0;
}

static int since(sqlite3 *db, sqlite3_int64 from)
{
    sqlite3_stmt *s = ask(db, "SELECT min(recorded) FROM events WHERE recorded > ?1 AND case_id <> 0");
    sqlite3_bind_int64(s, 1, from);
    if (sqlite3_step(s) != SQLITE_ROW || sqlite3_column_type(s, 0) == SQLITE_NULL) return 70;
    printf("%.1f\n", (double)(sqlite3_column_int64(s, 0) - from) / 1e3);
    sqlite3_finalize(s);
    return 0;
}

int main(int argc, char **argv)
{
    sqlite3 *db;
    if (argc < 3) return 64;
    if (sqlite3_open_v2(argv[2], &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) return 74;
    int status = strcmp(argv[1], "turns") == 0   ? turns(db)
                 : strcmp(argv[1], "count") == 0 ? counts(db)
                 : argc == 4                     ? since(db, atoll(argv[3]))
                                                 : 64;
    sqlite3_close(db);
    return status;
}

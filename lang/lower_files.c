/* lower_files.c -- the files that tables, logs and processes read: are they there?
 *
 * What is read may come later, so nothing here is a mistake: a table or log whose file is missing is a
 * warning, as each question asked of it fails until then; rows that begin cases are awaited, so that is a
 * note, and of a pattern only its folder must be there. A near name in the folder is what was meant.
 * Only a program that is a file itself is looked at: a text at the prompt has no folder.
 */
#include "lang/lower.h"
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* The path from here, with the folder of the main file ahead. */
static const char *from_here(Lower *l, const char *path)
{
    bool here = path[0] == '/' || strcmp(l->folder, ".") == 0;
    return here ? path : arena_printf(l->arena, "%s/%s", l->folder, path);
}

static const char *nearest_in(Lower *l, const char *folder, const char *name)
{
    VEC(const char *) names = {0};
    DIR *dir = opendir(*folder ? folder : ".");
    if (!dir)
        return NULL;
    for (const struct dirent *entry; (entry = readdir(dir));)
        *VEC_PUSH(l->arena, &names) = arena_dup(l->arena, entry->d_name);
    closedir(dir);
    return text_nearest(name, names.items, names.n);
}

/* The first part of the path that is not there: at..end of the whole. False: all of it is, up to a pattern. */
static bool first_missing(Lower *l, const Input *input, size_t *at, size_t *end)
{
    const char *whole = input->whole;
    bool pattern = input->kind == INPUT_ROWS;
    *at = *end = strlen(whole) - strlen(input->written);
    for (; whole[*at]; *at = *end + (whole[*end] == '/')) {
        struct stat is;
        *end = *at + strcspn(whole + *at, "/");
        if (pattern && strcspn(whole + *at, "*?[") < *end - *at)
            return false;
        if (*end > *at && stat(arena_dup_n(l->arena, whole, *end), &is) != 0)
            return true;
    }
    return false;
}

static bool is_folder(const char *path)
{
    struct stat is;
    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

static void tell_missing(Lower *l, const Input *input, size_t at, size_t end)
{
    const char *whole = input->whole;
    static const char *const until[] = {
        [INPUT_TABLE] = "until it is there, each look-up in this table fails",
        [INPUT_LOG] = "until it is there, no check over this log can be judged",
        [INPUT_ROWS] = "cases begin once it is there",
    };
    size_t ahead = strlen(whole) - strlen(input->written);
    bool rows = input->kind == INPUT_ROWS, pattern = !rows && strpbrk(input->written, "*?[");
    const char *part = arena_dup_n(l->arena, whole + at, end - at);
    const char *near = nearest_in(l, arena_dup_n(l->arena, whole, at), part);
    Diag *m = diag_add(l->diags, rows ? DIAG_N0553 : DIAG_W0552, input->at, "there is no %s \"%.*s\"",
                       whole[end] ? "folder" : "file", (int)(end - ahead), input->written);
    if (near)
        diag_suggest(l->diags, m, arena_printf(l->arena, "%.*s%s%s", (int)(at - ahead), input->written, near,
                                               input->written + (end - ahead)));
    else
        diag_hint(l->diags, m, "%s", pattern ? "a pattern stands for several files in `when each` only: name one file"
                                             : until[input->kind]);
}

static void tell_folder(Lower *l, const Input *input)
{
    Diag *m = diag_add(l->diags, DIAG_W0552, input->at, "\"%s\" is a folder, and a file is wanted", input->written);
    diag_hint(l->diags, m, input->kind == INPUT_ROWS ? "name the files in it: \"%s/*.csv\""
                                                     : "name the file in it: \"%s/rows.csv\"", input->written);
}

void lower_input(Lower *l, InputKind kind, const char *path, const Ast *ast)
{
    const char *written = path && l->folder ? lower_text(l, ast) : NULL;
    if (written)
        *VEC_PUSH(l->arena, &l->inputs) =
            (Input){kind, from_here(l, path), written, ast->at, diags_inherits(l->diags, ast->at)};
}

void lower_files(Lower *l)
{
    for (uint32_t i = 0; i < l->inputs.n; i++) {
        const Input *input = &l->inputs.items[i];
        size_t at, end;
        diags_heir(l->diags, input->heir);
        if (first_missing(l, input, &at, &end) || !*input->written)
            tell_missing(l, input, at, end);
        else if (is_folder(input->whole))
            tell_folder(l, input);
    }
    diags_heir(l->diags, NULL);
}

/* stdlib.h -- the standard library's files, as they were when ops was built.
 *
 * The table is generated: embed.awk turns stdlib/NAME.ops into C.
 */
#ifndef OPS_LANG_STDLIB_H
#define OPS_LANG_STDLIB_H

typedef struct StdlibFile {
    const char *name;              /* "essentials", without folder and ending */
    const char *text;
} StdlibFile;

extern const StdlibFile stdlib_files[];   /* ends with a row of NULLs */

#endif

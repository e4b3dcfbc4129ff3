/*
 * path.h - file names put together and taken apart.
 *
 * Works on the text alone, never on the file system. Results live in the
 * arena; NULL when it is exhausted.
 */
#ifndef PATH_H
#define PATH_H

#include "sim/base/arena.h"

/* dir/name; name alone when it is absolute or dir is "" or ".". */
char *path_join(struct arena *a, const char *dir, const char *name);

/* All before the last slash: "a/b.c" -> "a", "b.c" -> ".", "/x" -> "/". */
char *path_dirname(struct arena *a, const char *path);

/* The part after the last slash, inside `path` itself. */
const char *path_basename(const char *path);

/*
 * `name` as written in the file `file`: relative to that file's folder.
 * path_beside(a, "configs/kws.yaml", "net.npz") -> "configs/net.npz".
 */
char *path_beside(struct arena *a, const char *file, const char *name);

#endif

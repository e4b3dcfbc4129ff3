/* path.c - see path.h. */
#include "sim/base/path.h"

#include <stdbool.h>
#include <string.h>

char *path_join(struct arena *a, const char *dir, const char *name)
{
    if (name[0] == '/' || dir[0] == '\0' || strcmp(dir, ".") == 0)
        return arena_strdup(a, name);
    const bool slash = dir[strlen(dir) - 1] == '/';
    return arena_printf(a, "%s%s%s", dir, slash ? "" : "/", name);
}

char *path_dirname(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return arena_strdup(a, ".");
    if (slash == path)
        return arena_strdup(a, "/");
    return arena_strndup(a, path, (size_t) (slash - path));
}

const char *path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *path_beside(struct arena *a, const char *file, const char *name)
{
    const char *dir = path_dirname(a, file);
    return dir != NULL ? path_join(a, dir, name) : NULL;
}

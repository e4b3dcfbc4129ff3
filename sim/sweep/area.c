#include "sim/sweep/area.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/strbuf.h"

enum { MOST_OUTPUT = 1 << 16, FIXED_ARGUMENTS = 4 };

/* KEY=VALUE of every setting of the hardware, as --set takes it. */
static int list_settings(const struct space *s, const struct point *p,
                         struct arena *arena, char **argv, int count)
{
    int choice[SPACE_MAX_AXES];

    space_choices(s, p->number, choice);
    for (size_t i = 0; i < s->fixed.count; i++) {
        const struct override *o = &s->fixed.items[i];

        for (const struct setting *t = hw_settings; t->key; t++)
            if (!strcmp(t->key, o->key) && o->value->kind == YAML_SCALAR) {
                argv[count++] = arena_strdup(arena, "--set");
                argv[count++] = arena_printf(arena, "%s=%s", o->key,
                                             o->value->text);
            }
    }
    for (int i = 0; i < s->axis_count; i++)
        if (s->axis[i].scope == SPACE_HARDWARE) {
            argv[count++] = arena_strdup(arena, "--set");
            argv[count++] = arena_printf(arena, "%s=%s", s->axis[i].key,
                                         s->axis[i].choice[choice[i]].json);
        }
    for (int i = 0; i < count; i++)
        if (!argv[i])
            return -1;
    argv[count] = NULL;
    return count;
}

static void child(char *const *argv, const int *out, const int *err)
{
    char exe[4096];
    const ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

    if (length > 0) {
        exe[length] = '\0';
        setenv("NAPIER", exe, 0);
    }
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    close(out[0]);
    close(err[0]);
    close(out[1]);
    close(err[1]);
    execv(argv[0], argv);
    _exit(127);
}

static void read_all(int fd, struct strbuf *b)
{
    char piece[4096];
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0 && b->length < MOST_OUTPUT)
            strbuf_add_bytes(b, piece, (size_t) n);
    }
}

/* Run it; what it printed, first what it complained of. Its status, or -1. */
static int run(char *const *argv, struct strbuf *out, struct strbuf *err)
{
    int to[2], from[2], status = -1;
    pid_t pid;

    if (pipe(to))
        return -1;
    if (pipe(from)) {
        close(to[0]);
        close(to[1]);
        return -1;
    }
    pid = fork();
    if (pid == 0)
        child(argv, to, from);
    close(to[1]);
    close(from[1]);
    if (pid > 0) {
        read_all(to[0], out);     /* complaints are short, a pipe holds them */
        read_all(from[0], err);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    close(to[0]);
    close(from[0]);
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static double number(const json_t *root, const char *key)
{
    const json_t *v = json_object_get(root, key);

    return json_is_number(v) ? json_number_value(v) : NAN;
}

static int take(const char *text, const char *target, struct store_result *r)
{
    json_t *root = json_loads(text, 0, NULL);

    if (!root)
        return -1;
    r->area_cells = number(root, "cells");
    r->area_luts = number(root, "luts");
    r->area_dsps = number(root, "dsps");
    r->area_ffs = number(root, "ffs");
    r->area_brams = number(root, "brams");
    r->area_target = target;
    json_decref(root);
    return 0;
}

int area_find(const char *script, const struct space *s,
              const struct point *p, struct store_result *r, char **message)
{
    const char *target = space_area_targets[s->area - 1];
    const size_t most = FIXED_ARGUMENTS + 2 * s->fixed.count
                        + 2 * (size_t) s->axis_count;
    struct strbuf out, err;
    struct arena arena;
    char **argv;
    int status = -1;

    arena_init(&arena, 0);
    strbuf_init(&out);
    strbuf_init(&err);
    argv = arena_alloc_array(&arena, most, sizeof(*argv));
    if (argv) {
        argv[0] = arena_strdup(&arena, script);
        argv[1] = arena_strdup(&arena, p->design.hardware);
        argv[2] = arena_strdup(&arena, target);
        if (list_settings(s, p, &arena, argv, 3) > 0)
            status = run(argv, &out, &err);
    }
    if (status == 0 && take(out.text, target, r))
        status = -1;
    if (status != 0) {
        err.text[strcspn(err.text, "\n")] = '\0';
        strbuf_clear(&out);
        strbuf_printf(&out, "'%s' failed (is yosys installed?): %.300s", script,
                      err.text);
        *message = strbuf_detach(&out);
    }
    strbuf_release(&out);
    strbuf_release(&err);
    arena_release(&arena);
    return status == 0 ? 0 : -1;
}

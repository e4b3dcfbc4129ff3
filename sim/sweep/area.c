#include "sim/sweep/area.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/strbuf.h"

enum { MOST_OUTPUT = 1 << 16, FIXED_ARGUMENTS = 4 };

/* Values in a tree: the most settings that it can be. */
static size_t count_scalars(const struct yaml_node *node)
{
    size_t count = 1;

    for (size_t i = 0; node->kind != YAML_SCALAR && i < node->count; i++)
        count += count_scalars(node->values[i]);
    return count;
}

static bool is_hardware(const char *key)
{
    for (const struct setting *t = hw_settings; t->key; t++)
        if (!strcmp(t->key, key))
            return true;
    return false;
}

/* As it is written in one line of YAML. */
static char *format_value(const struct yaml_node *node, struct arena *arena)
{
    char *text = arena_strdup(arena, node->kind == YAML_SCALAR ? node->text
                                                               : "[");

    for (size_t i = 0; text && node->kind != YAML_SCALAR && i < node->count;
         i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "",
                            node->values[i]->text);
    return text && node->kind != YAML_SCALAR ? arena_printf(arena, "%s]", text)
                                             : text;
}

/* KEY=VALUE of what is a setting of the hardware, in a mapping or not. */
static int add_settings(char **argv, int count, const char *key,
                        const struct yaml_node *node, struct arena *arena)
{
    if (is_hardware(key)) {
        const char *value = format_value(node, arena);

        argv[count++] = arena_strdup(arena, "--set");
        argv[count++] = value ? arena_printf(arena, "%s=%s", key, value) : NULL;
    } else if (node->kind == YAML_MAPPING) {
        for (size_t i = 0; i < node->count; i++) {
            const char *inner = arena_printf(arena, "%s.%s", key,
                                             node->keys[i]->text);

            if (inner)
                count = add_settings(argv, count, inner, node->values[i],
                                     arena);
        }
    }
    return count;
}

/* Every setting of the hardware, as --set takes it. */
static int list_settings(const struct space *s, const struct point *p,
                         struct arena *arena, char **argv, int count)
{
    int choice[SPACE_MAX_AXES];

    space_choices(s, p->number, choice);
    for (size_t i = 0; i < s->fixed.count; i++)
        count = add_settings(argv, count, s->fixed.items[i].key,
                             s->fixed.items[i].value, arena);
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

static size_t count_arguments(const struct space *s)
{
    size_t most = FIXED_ARGUMENTS + 2 * (size_t) s->axis_count;

    for (size_t i = 0; i < s->fixed.count; i++)
        most += 2 * count_scalars(s->fixed.items[i].value);
    return most;
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

/* What a pipe has now; -1 at its end. */
static int read_some(int fd, struct strbuf *b)
{
    char piece[4096];
    const ssize_t n = read(fd, piece, sizeof(piece));

    if (n > 0 && b->length < MOST_OUTPUT)
        strbuf_add_bytes(b, piece, (size_t) n);
    return n > 0 || (n < 0 && errno == EINTR) ? 0 : -1;
}

/* Both pipes to their ends: who fills one must not wait for the other. */
static void read_both(const int *fd, struct strbuf *const *text)
{
    struct pollfd p[2] = { { .fd = fd[0], .events = POLLIN },
                           { .fd = fd[1], .events = POLLIN } };

    while (p[0].fd >= 0 || p[1].fd >= 0) {
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return;
        for (int i = 0; i < 2; i++)
            if (p[i].fd >= 0 && p[i].revents && read_some(p[i].fd, text[i]))
                p[i].fd = -1;
    }
}

/* Run it; what it printed and what it complained of. Its status, or -1. */
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
        read_both((const int[]) { to[0], from[0] },
                  (struct strbuf *const[]) { out, err });
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
    struct strbuf out, err;
    struct arena arena;
    char **argv;
    int status = -1;

    arena_init(&arena, 0);
    strbuf_init(&out);
    strbuf_init(&err);
    argv = arena_alloc_array(&arena, count_arguments(s), sizeof(*argv));
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

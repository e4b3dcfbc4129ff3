#include "sim/cosim/library.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "codegen/package.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/path.h"

extern char **environ;

enum { RTL_MAX_BYTES = 16 << 20, LOG_TAIL_BYTES = 1500, SUM_BYTES = 100,
       LIBRARY_MAX_BYTES = 1 << 30 };

/* What makes the two kinds differ. */
struct recipe {
    const char *what;             /* in messages */
    const char *script, *so;
    const char *files[8];         /* of the shim's folder; part of the key */
};

static const struct recipe recipes[] = {
    [LIBRARY_CORE] = {
        "core", "build_core.sh", "libnpu_core.so",
        { "build_core.sh", "build_engine.sh", "npu_core_shim.cpp",
          "npu_core_shim.h", "npu_bits.h", "npu_print_shim.h",
          "npu_operands.vlt", NULL }
    },
    [LIBRARY_ENGINE] = {
        "engine", "build_engine.sh", "libnpu.so",
        { "build_engine.sh", "npu_shim.cpp", "npu_shim.h", "npu_bits.h",
          "npu_print_shim.h", "npu_operands.vlt", NULL }
    }
};

struct build {
    struct library *lib;
    const struct recipe *recipe;
    const struct hw *hw;
    const char *rtl, *shim;       /* folders */
    const char *kind;             /* "plain" or "debug" */
    char *cache, *folder, *so;
    char *runtime;                /* folder of the runtime's objects */
    char *sum;                    /* file beside it: its size and digest */
    struct strbuf package;
    struct diag *diag;
    struct arena arena;
    struct place place;
};

static char *cache_folder(struct arena *a)
{
    const char *own = getenv("NAPIER_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");

    if (own && *own)
        return arena_strdup(a, own);
    if (xdg && *xdg)
        return path_join(a, xdg, "napier");
    return path_join(a, home && *home ? home : "/tmp", ".cache/napier");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static int digest_file(struct build *b, struct digest *g, const char *folder,
                       const char *name)
{
    char *path = path_join(&b->arena, folder, name);
    size_t length;
    char *text = path ? file_read_all(path, RTL_MAX_BYTES, &length, b->diag,
                                      place_of_file(path)) : NULL;

    if (!text)
        return -1;
    digest_update(g, name, strlen(name) + 1);
    digest_update(g, text, length);
    free(text);
    return 0;
}

/* Every .sv and .vlt of a folder, in the order of their names. */
static int digest_folder(struct build *b, struct digest *g, const char *folder)
{
    DIR *dir = opendir(folder);
    char *names[256];
    size_t count = 0;
    int result = 0;

    if (!dir)
        return diag_error(b->diag, place_of_file(folder), "'%s' cannot be "
                          "opened: %s", folder, strerror(errno));
    for (struct dirent *e; (e = readdir(dir)) && count < 256;) {
        const char *dot = strrchr(e->d_name, '.');

        if (dot && (!strcmp(dot, ".sv") || !strcmp(dot, ".vlt")))
            names[count++] = arena_strdup(&b->arena, e->d_name);
    }
    closedir(dir);
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count && !result; i++)
        result = names[i] ? digest_file(b, g, folder, names[i]) : -1;
    return result;
}

/* What a command prints, for the key: the version of a tool. */
static void digest_command(struct digest *g, const char *command)
{
    char line[256];
    FILE *pipe = popen(command, "r");

    if (!pipe)
        return;
    while (fgets(line, sizeof(line), pipe))
        digest_update(g, line, strlen(line));
    pclose(pipe);
}

/* Compiled by these tools for this processor: a shared home may have several.
 */
static void digest_tools(struct digest *g)
{
    digest_command(g, "verilator --version; ${CXX:-clang++} --version; "
                      "grep -m 1 flags /proc/cpuinfo");
}

/* The folder of the parts of Verilator's runtime that all machines share. */
static int name_runtime(struct build *b, struct digest *g)
{
    char key[DIGEST_HEX_CHARS + 1], name[40];

    digest_tools(g);
    if (digest_file(b, g, b->shim, "build_engine.sh")
        || digest_file(b, g, b->shim, "npu_print_shim.h")
        || digest_finish(g, key))
        return -1;
    snprintf(name, sizeof(name), "runtime-%.16s", key);
    b->runtime = path_join(&b->arena, b->cache, name);
    return b->runtime ? 0 : -1;
}

static int make_key(struct build *b)
{
    struct digest g;
    int result = -1;

    if (digest_init(&g))
        return diag_error(b->diag, b->place, "out of memory");
    digest_update(&g, b->package.text, b->package.length);
    digest_update(&g, b->kind, strlen(b->kind));
    digest_tools(&g);
    const char *sva = path_join(&b->arena, b->rtl, "sva");

    result = digest_folder(b, &g, b->rtl);
    if (!result && sva && access(sva, R_OK) == 0)
        result = digest_folder(b, &g, sva);
    for (int i = 0; b->recipe->files[i] && !result; i++)
        result = digest_file(b, &g, b->shim, b->recipe->files[i]);
    if (!result)
        result = digest_finish(&g, b->lib->key);
    if (!result)
        result = name_runtime(b, &g);
    digest_release(&g);
    return result;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* The last lines of a log, added to an error as a note. */
static void show_log(struct build *b, const char *log)
{
    char tail[LOG_TAIL_BYTES + 1];
    FILE *file = fopen(log, "rb");
    size_t got;

    if (!file)
        return;
    if (fseek(file, -LOG_TAIL_BYTES, SEEK_END))
        rewind(file);
    got = fread(tail, 1, LOG_TAIL_BYTES, file);
    tail[got] = '\0';
    fclose(file);
    for (char *save, *line = strtok_r(tail, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        diag_note(b->diag, PLACE_NONE, "%s", line);
}

static int spawn(struct build *b, char *const argv[], const char *log)
{
    posix_spawn_file_actions_t actions;
    int status = -1, failed;
    pid_t pid;

    if (posix_spawn_file_actions_init(&actions))
        return -1;
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log,
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return diag_error(b->diag, b->place, "'%s' cannot be started: %s",
                          argv[0], strerror(failed));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

/* ---------------------------------------------------- whole or not at all */

/* Size and digest of a file as a line; false when it cannot be read. */
static bool sum_file(const char *path, char line[SUM_BYTES])
{
    char hex[DIGEST_HEX_CHARS + 1];
    size_t length = 0;
    struct diag quiet;
    bool done = false;

    diag_init(&quiet);
    char *bytes = file_read_all(path, LIBRARY_MAX_BYTES, &length, &quiet,
                                PLACE_NONE);

    if (bytes && !digest_sha256(bytes, length, hex)) {
        snprintf(line, SUM_BYTES, "%zu %s\n", length, hex);
        done = true;
    }
    free(bytes);
    diag_release(&quiet);
    return done;
}

/* The library is what was built, to the byte: a crash or a full disk may leave
 * a part, and a damaged one would end the process without a word. */
static bool is_intact(const struct build *b)
{
    char line[SUM_BYTES];
    struct diag quiet;

    if (access(b->sum, R_OK) || access(b->so, R_OK)
        || !sum_file(b->so, line))
        return false;
    diag_init(&quiet);
    char *kept = file_read_all(b->sum, SUM_BYTES, NULL, &quiet, PLACE_NONE);
    const bool same = kept && !strcmp(kept, line);

    free(kept);
    diag_release(&quiet);
    return same;
}

/* Onto the disk, then into place; its sum comes last. */
static int put_in_place(struct build *b, const char *made)
{
    char line[SUM_BYTES];
    const int fd = open(made, O_RDONLY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) || !sum_file(made, line);

    if (!failed)
        failed = rename(made, b->so);
    const int why = errno;

    if (fd >= 0)
        close(fd);
    if (failed)
        return diag_error(b->diag, b->place, "'%s' cannot be moved: %s", made,
                          strerror(why));
    return file_write_all(b->sum, line, strlen(line), b->diag, b->place);
}

/*
 * Build beside the final folder and move the library into place as the last
 * step, so that whoever finds it finds it whole.
 */
static int build(struct build *b)
{
    struct arena *a = &b->arena;
    char *script = path_join(a, b->shim, b->recipe->script);
    char *package = path_join(a, b->folder, "npu_pkg.sv");
    char *log = path_join(a, b->folder, "build.log");
    char *work = path_join(a, b->folder, "work");
    char *made = path_join(a, work ? work : "", b->recipe->so);
    const double start = seconds();

    if (!script || !package || !log || !work || !made)
        return diag_error(b->diag, b->place, "out of memory");
    if (file_write_all(package, b->package.text, b->package.length, b->diag,
                       b->place))
        return -1;
    if (isatty(2))
        fprintf(stderr, "building the Verilated %s of '%s' ...\n",
                b->recipe->what, b->hw->name);
    char *const argv[] = { "sh", script, (char *) b->rtl, package, work,
                           (char *) b->kind, b->runtime, NULL };

    if (spawn(b, argv, log)) {
        if (interrupt_requested())
            return diag_error(b->diag, b->place, "interrupted");
        diag_error(b->diag, place_of_file(log), "the Verilated %s of '%s' "
                   "could not be built", b->recipe->what, b->hw->name);
        show_log(b, log);
        return -1;
    }
    if (put_in_place(b, made))
        return -1;
    char *const clean[] = { "rm", "-rf", work, NULL };

    spawn(b, clean, "/dev/null");
    b->lib->built = true;
    b->lib->seconds = seconds() - start;
    return 0;
}

/* Two processes with the same machine: one builds, the other waits. */
static int find_or_build(struct build *b)
{
    char *lock = path_join(&b->arena, b->folder, "lock");
    int fd, result = 0;

    if (is_intact(b))
        return 0;
    if (!lock || file_make_dirs(b->folder, b->diag, b->place))
        return -1;
    fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return diag_error(b->diag, b->place, "'%s' cannot be opened: %s", lock,
                          strerror(errno));
    while (flock(fd, LOCK_EX) && errno == EINTR)
        if (interrupt_requested())
            break;
    if (!is_intact(b))
        result = build(b);
    close(fd);
    return result;
}

static int find_symbol(struct build *b, const char *name, void *slot)
{
    void *symbol = dlsym(b->lib->handle, name);

    if (!symbol)
        return diag_error(b->diag, b->place, "'%s' has no '%s'", b->so, name);
    memcpy(slot, &symbol, sizeof(symbol));
    return 0;
}

static int find_engine(struct build *b)
{
    struct library_engine *e = &b->lib->engine;

    return find_symbol(b, "npu_shim_new", &e->npu_new)
           || find_symbol(b, "npu_shim_free", &e->npu_free)
           || find_symbol(b, "npu_shim_shape", &e->npu_shape)
           || find_symbol(b, "npu_shim_run", &e->npu_run)
           || find_symbol(b, "npu_shim_on_cycle", &e->npu_on_cycle)
           || find_symbol(b, "npu_shim_peek", &e->npu_peek)
           || find_symbol(b, "npu_shim_trace", &e->npu_trace) ? -1 : 0;
}

static int find_core(struct build *b)
{
    struct library_core *c = &b->lib->core;

    return find_symbol(b, "npu_core_new", &c->npu_new)
           || find_symbol(b, "npu_core_free", &c->npu_free)
           || find_symbol(b, "npu_core_write", &c->npu_write)
           || find_symbol(b, "npu_core_read", &c->npu_read)
           || find_symbol(b, "npu_core_bus_pauses", &c->npu_bus_pauses)
           || find_symbol(b, "npu_core_step", &c->npu_step)
           || find_symbol(b, "npu_core_wait", &c->npu_wait)
           || find_symbol(b, "npu_core_failure", &c->npu_failure)
           || find_symbol(b, "npu_core_irq", &c->npu_irq)
           || find_symbol(b, "npu_core_now", &c->npu_now)
           || find_symbol(b, "npu_core_on_cycle", &c->npu_on_cycle)
           || find_symbol(b, "npu_core_on_result", &c->npu_on_result)
           || find_symbol(b, "npu_core_peek", &c->npu_peek)
           || find_symbol(b, "npu_core_peek_code", &c->npu_peek_code)
           || find_symbol(b, "npu_core_peek_operands", &c->npu_peek_operands)
           || find_symbol(b, "npu_core_peek_start", &c->npu_peek_start)
           || find_symbol(b, "npu_core_trace", &c->npu_trace) ? -1 : 0;
}

static int load(struct build *b)
{
    struct library *lib = b->lib;

    lib->handle = dlopen(b->so, RTLD_NOW | RTLD_LOCAL);
    if (!lib->handle)
        return diag_error(b->diag, b->place, "%s", dlerror());
    return lib->kind == LIBRARY_CORE ? find_core(b) : find_engine(b);
}

int library_open(struct library *lib, enum library_kind kind,
                 const struct hw *hw, const struct library_sources *sources,
                 enum library_look look, struct diag *diag)
{
    static const char *const looks[] = { "plain", "debug", "debug-fst" };
    struct build b = { .lib = lib, .recipe = &recipes[kind], .hw = hw,
                       .rtl = sources->rtl, .shim = sources->shim,
                       .kind = looks[look], .diag = diag,
                       .place = place_of_file(hw->path ? hw->path : hw->name) };
    int result = -1;

    memset(lib, 0, sizeof(*lib));
    lib->kind = kind;
    arena_init(&b.arena, 0);
    strbuf_init(&b.package);
    package_format(hw, package_sim_width(hw), &b.package);
    b.cache = cache_folder(&b.arena);
    if (b.package.failed || !b.cache || make_key(&b))
        goto done;
    b.folder = path_join(&b.arena, b.cache, lib->key);
    b.so = b.folder ? path_join(&b.arena, b.folder, b.recipe->so) : NULL;
    b.sum = b.so ? arena_printf(&b.arena, "%s.sum", b.so) : NULL;
    if (!b.sum)
        diag_error(diag, b.place, "out of memory");
    else if (!find_or_build(&b))
        result = load(&b);

done:
    strbuf_release(&b.package);
    arena_release(&b.arena);
    if (result)
        library_close(lib);
    return result;
}

void library_close(struct library *lib)
{
    if (lib->handle)
        dlclose(lib->handle);
    lib->handle = NULL;
}

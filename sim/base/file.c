/*
 * file.c - reading, and writing by way of temporaries.
 *
 * The names of temporaries under way stand in a fixed table, because a signal
 * handler must be able to remove them: a slot's name never moves and is never
 * freed, and its state is atomic. A slot is taken before the file is made.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* realpath */
#endif

#include "sim/base/file.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/text.h"

enum { TEMP_FREE, TEMP_TAKEN, TEMP_ACTIVE };
enum { NO_SLOT = -1, MAX_TRIES = 100 };

static struct {
    atomic_int state;
    char path[PATH_MAX];
} temps[FILE_MAX_WRITERS];

/* The reason for people, in lower case. */
static const char *describe_errno(int error, char *out, size_t size)
{
    snprintf(out, size, "%s", strerror(error));
    out[0] = (char) tolower((unsigned char) out[0]);
    return out;
}

static int report_errno(struct diag *d, struct place place, const char *verb,
                        const char *path, int error)
{
    char reason[128];
    return diag_error(d, place, "cannot %s '%s': %s", verb, path,
                      describe_errno(error, reason, sizeof reason));
}

/* Read to the end of fd. NULL and errno; EFBIG for more than max_bytes. */
static char *read_to_end(int fd, size_t expected, size_t max_bytes,
                         size_t *length)
{
    size_t capacity = expected + 2; /* one to see the end, one for the NUL */
    size_t used = 0;
    char *text = malloc(capacity);
    while (text != NULL) {
        if (used + 1 == capacity) {
            capacity += capacity / 2 + 4096;
            char *grown = realloc(text, capacity);
            if (grown == NULL)
                break;
            text = grown;
        }
        const ssize_t got = read(fd, text + used, capacity - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        if (got == 0) {
            text[used] = '\0';
            *length = used;
            return text;
        }
        used += (size_t) got;
        if (used > max_bytes) {
            errno = EFBIG;
            break;
        }
    }
    const int error = errno;
    free(text);
    errno = error;
    return NULL;
}

char *file_read_all(const char *path, size_t max_bytes, size_t *length,
                    struct diag *d, struct place place)
{
    char *text = NULL;
    size_t used = 0;

    /* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        report_errno(d, place, "read", path, errno);
        return NULL;
    }
    struct stat status;
    if (fstat(fd, &status) != 0) {
        report_errno(d, place, "read", path, errno);
        goto done;
    }
    if (S_ISDIR(status.st_mode)) {
        diag_error(d, place, "cannot read '%s': it is a folder", path);
        goto done;
    }
    if (!S_ISREG(status.st_mode)) {
        diag_error(d, place, "cannot read '%s': it is not a regular file",
                   path);
        goto done;
    }
    errno = EFBIG;
    if ((uintmax_t) status.st_size <= max_bytes &&
        max_bytes < SIZE_MAX / 4)
        text = read_to_end(fd, (size_t) status.st_size, max_bytes, &used);
    if (text == NULL && errno == EFBIG)
        diag_error(d, place, "cannot read '%s': it is larger than %s", path,
                   text_bytes(max_bytes).text);
    else if (text == NULL)
        report_errno(d, place, "read", path, errno);
    else if (length != NULL)
        *length = used;
done:
    close(fd);
    return text;
}

/* Make one folder; fine when it is there. 0, or errno. */
static int make_dir(const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return 0;
    const int error = errno;
    if (stat(path, &status) == 0)
        return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    return error;
}

int file_make_dirs(const char *path, struct diag *d, struct place place)
{
    int error = 0;
    char *part = strdup(path);
    if (part == NULL)
        return report_errno(d, place, "make the folder", path, ENOMEM);
    for (char *c = part; *c != '\0' && error == 0; c++) {
        if (*c != '/' || c == part)
            continue;
        *c = '\0';
        error = make_dir(part);
        *c = '/';
    }
    if (error == 0)
        error = make_dir(part);
    free(part);
    return error == 0 ? 0
                      : report_errno(d, place, "make the folder", path, error);
}

static int take_slot(void)
{
    for (int i = 0; i < FILE_MAX_WRITERS; i++) {
        int expected = TEMP_FREE;
        if (atomic_compare_exchange_strong(&temps[i].state, &expected,
                                           TEMP_TAKEN))
            return i;
    }
    return NO_SLOT;
}

/* A number that differs between calls, processes and, likely, machines. */
static unsigned make_suffix(void)
{
    static atomic_uint calls;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t mixed =
        ((uint64_t) now.tv_nsec ^ (uint64_t) now.tv_sec << 20 ^
         (uint64_t) getpid() << 36) +
        atomic_fetch_add(&calls, 1u);
    return (unsigned) (mixed * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Make the temporary of a slot in the folder of `path`. fd, or -1 and errno. */
static int open_temp(int slot, const char *path)
{
    const char *slash = strrchr(path, '/');
    const int folder = slash != NULL ? (int) (slash + 1 - path) : 0;
    char *name = temps[slot].path;
    for (int i = 0; i < MAX_TRIES; i++) {
        const int length = snprintf(name, PATH_MAX, "%.*s.%.200s.%08x.tmp",
                                    folder, path, path + folder,
                                    make_suffix());
        if (length < 0 || length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        const int fd =
            open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            atomic_store(&temps[slot].state, TEMP_ACTIVE);
            return fd;
        }
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

static void drop_temp(int slot)
{
    if (atomic_load(&temps[slot].state) == TEMP_ACTIVE)
        unlink(temps[slot].path);
    atomic_store(&temps[slot].state, TEMP_FREE);
}

/*
 * The name behind symbolic links, on the heap, so that a link is not replaced
 * by a file; of a file that does not exist yet, `path` itself.
 */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    return real != NULL ? real : strdup(path);
}

/* Devices and pipes (--json /dev/stdout) are written in place. */
static bool is_written_in_place(const char *path, const struct stat *status)
{
    return !S_ISREG(status->st_mode) || strncmp(path, "/dev/", 5) == 0 ||
           strncmp(path, "/proc/", 6) == 0;
}

/* Open for writing, by a temporary or in place. fd, or -1 and errno. */
static int open_output(struct file_writer *w, const char *path)
{
    struct stat status;
    const bool exists = stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (exists && is_written_in_place(path, &status)) {
        /* Appended: `--json /dev/stdout >log` must not overwrite the log. */
        w->path = strdup(path);
        return w->path != NULL
                   ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY)
                   : -1;
    }
    w->path = resolve(path);
    if (w->path == NULL)
        return -1;
    w->slot = take_slot();
    if (w->slot == NO_SLOT) {
        errno = EMFILE;
        return -1;
    }
    const int fd = open_temp(w->slot, w->path);
    /* When it fails only permissions are lost; the content is what counts. */
    if (fd >= 0 && exists)
        (void) fchmod(fd, status.st_mode & 0777);
    return fd;
}

int file_writer_open(struct file_writer *w, const char *path, struct diag *d,
                     struct place place)
{
    *w = (struct file_writer) {.slot = NO_SLOT};
    const int fd = open_output(w, path);
    int error = errno;
    if (fd >= 0) {
        w->stream = fdopen(fd, "wb");
        if (w->stream != NULL)
            return 0;
        error = errno;
        close(fd);
    }
    file_writer_abort(w);
    return report_errno(d, place, "write", path, error);
}

static void keep_error(struct file_writer *w, int error)
{
    if (w->error == 0)
        w->error = error != 0 ? error : EIO;
}

void file_writer_write(struct file_writer *w, const void *bytes, size_t length)
{
    assert(w->stream != NULL);
    if (length > 0 && fwrite(bytes, 1, length, w->stream) != length)
        keep_error(w, errno);
}

void file_writer_printf(struct file_writer *w, const char *format, ...)
{
    va_list args;
    assert(w->stream != NULL);
    va_start(args, format);
    if (vfprintf(w->stream, format, args) < 0)
        keep_error(w, errno);
    va_end(args);
}

/* Make a rename last over a power cut; not every file system can. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const int length = slash != NULL ? (int) (slash + 1 - path) : 1;
    const int needed = snprintf(folder, sizeof folder, "%.*s", length,
                                slash != NULL ? path : ".");
    if (needed < 0 || needed >= PATH_MAX)
        return;
    const int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void) fsync(fd);
    close(fd);
}

int file_writer_commit(struct file_writer *w, struct diag *d,
                       struct place place)
{
    assert(w->stream != NULL);
    errno = 0;
    if (fflush(w->stream) != 0 || ferror(w->stream))
        keep_error(w, errno);
    if (w->slot != NO_SLOT && w->error == 0 && fsync(fileno(w->stream)) != 0 &&
        errno != EINVAL && errno != ENOTSUP)
        keep_error(w, errno);
    if (fclose(w->stream) != 0)
        keep_error(w, errno);
    w->stream = NULL;

    if (w->slot != NO_SLOT && w->error == 0) {
        if (rename(temps[w->slot].path, w->path) == 0) {
            atomic_store(&temps[w->slot].state, TEMP_TAKEN);
            sync_folder(w->path);
        } else {
            keep_error(w, errno);
        }
    }
    const int result =
        w->error == 0 ? 0 : report_errno(d, place, "write", w->path, w->error);
    file_writer_abort(w);
    return result;
}

void file_writer_abort(struct file_writer *w)
{
    if (w->stream != NULL)
        fclose(w->stream);
    w->stream = NULL;
    if (w->slot != NO_SLOT)
        drop_temp(w->slot);
    w->slot = NO_SLOT;
    free(w->path);
    w->path = NULL;
}

int file_write_all(const char *path, const void *bytes, size_t length,
                   struct diag *d, struct place place)
{
    struct file_writer w;
    if (file_writer_open(&w, path, d, place) != 0)
        return -1;
    file_writer_write(&w, bytes, length);
    return file_writer_commit(&w, d, place);
}

void file_remove_temps(void)
{
    for (int i = 0; i < FILE_MAX_WRITERS; i++) {
        if (atomic_load(&temps[i].state) == TEMP_ACTIVE)
            unlink(temps[i].path);
    }
}

/* progress.c - see progress.h. */
#include "sim/base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/text.h"

static const double first_draw = 0.3; /* seconds: short work shows nothing */
static const double draw_interval = 0.1;
enum { BAR_COLUMNS = 20 };

static double read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

void progress_start(struct progress *p, const char *label, int64_t total)
{
    const char *terminal = getenv("TERM");
    *p = (struct progress) {.label = label, .total = total};
    pthread_mutex_init(&p->lock, NULL);
    p->enabled = isatty(STDERR_FILENO) && terminal != NULL &&
                 strcmp(terminal, "dumb") != 0;
    p->start = read_clock();
    p->next_draw = p->start + first_draw;
}

/* "digits  43 % [########            ] 430 of 1,000, 120/s, 4.8 s left" */
static void draw(struct progress *p, double now)
{
    const double elapsed = now - p->start;
    const int64_t unit = p->unit > 0 ? p->unit : 1;
    const double rate = elapsed > 0 ? (double) p->done / elapsed : 0;
    const double shown_rate = rate / (double) unit;
    const struct text_number done = text_count(p->done / unit);

    fprintf(stderr, "\r\033[K%.30s ", p->label);
    if (p->total > 0) {
        const int64_t seen = p->done < p->total ? p->done : p->total;
        const double part = (double) seen / (double) p->total;
        const int filled = (int) (part * BAR_COLUMNS);
        char bar[BAR_COLUMNS + 1];
        memset(bar, ' ', BAR_COLUMNS);
        memset(bar, '#', (size_t) filled);
        bar[BAR_COLUMNS] = '\0';
        fprintf(stderr, "%3d %% [%s] %s of %s", (int) (100 * part), bar,
                done.text, text_count(p->total / unit).text);
    } else {
        fputs(done.text, stderr);
    }
    fprintf(stderr, shown_rate < 10 ? ", %.1f/s" : ", %.0f/s", shown_rate);
    if (p->total > p->done && rate > 0)
        fprintf(stderr, ", %s left",
                text_duration((double) (p->total - p->done) / rate).text);
    if (p->note[0] != '\0')
        fprintf(stderr, ", %s", p->note);
    fflush(stderr);
    p->drawn = true;
}

void progress_step(struct progress *p, int64_t items)
{
    if (!p->enabled)
        return;
    pthread_mutex_lock(&p->lock);
    p->done += items;
    const double now = read_clock();
    if (now >= p->next_draw) {
        draw(p, now);
        p->next_draw = now + draw_interval;
    }
    pthread_mutex_unlock(&p->lock);
}

void progress_note(struct progress *p, const char *note)
{
    pthread_mutex_lock(&p->lock);
    snprintf(p->note, sizeof p->note, "%s", note);
    pthread_mutex_unlock(&p->lock);
}

void progress_end(struct progress *p)
{
    if (p->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    pthread_mutex_destroy(&p->lock);
    p->enabled = false;
}

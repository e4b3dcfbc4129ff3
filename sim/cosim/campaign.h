/*
 * campaign.h - constrained random co-simulation: many cases, few machines.
 *
 * Building a machine takes seconds, running a network milliseconds, so several
 * networks share a machine. Case n of seed s is the same whatever the number of
 * cases or workers.
 */
#ifndef CAMPAIGN_H
#define CAMPAIGN_H

#include "sim/cosim/coverage.h"
#include "sim/cosim/shrink.h"

enum { CAMPAIGN_SHOWN = 4, CAMPAIGN_PATH = 256 };

struct campaign_failure {
    int64_t machine, network;     /* from 0 */
    char folder[CAMPAIGN_PATH];   /* of the files of the smallest case */
    uint64_t pauses;              /* 0: fails without pauses on the bus */
    struct shrink shrink;
};

struct campaign {
    int64_t cases, refused, machines, built;
    int64_t elements, overflows, cycles;
    int64_t failures;             /* machines with a failing case */
    int shown;
    struct campaign_failure failure[CAMPAIGN_SHOWN];
    struct coverage coverage;
};

struct campaign_setup {
    int64_t cases;
    uint64_t seed;
    const char *folder;           /* for the files; made */
    const char *settings;         /* of random_set_hw; "": none */
    struct library_sources sources;
    int workers;                  /* 0: one a CPU */
};

/*
 * Run. A machine is left after its first failing case, which is shrunk. 0; or
 * -1 and an error, or an interrupt. A failure is no error.
 */
int campaign_run(struct campaign *campaign, const struct campaign_setup *setup,
                 struct diag *diag);

#endif

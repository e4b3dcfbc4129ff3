/*
 * main.c - reads argv, runs a command, exits: 0 done, 1 refused or different,
 * 2 wrong usage, 130 interrupted.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/net/net_settings.h"
#include "sim/version.h"

struct command {
    const char *name;
    int (*run)(const struct options *);
    const char *help;
};

static const struct command commands[] = {
    { "check", command_check, "read everything, report every error" },
    { "run", command_run, "the network on the C model: accuracy, overflows, "
                          "cycles" },
    { "rom", command_rom, "ROM images, manifest and npu_pkg.sv; --verify reads "
                          "them back" },
    { "cosim", command_cosim, "the same program on the Verilated RTL, compared "
                              "with the model" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_usage(FILE *out)
{
    fprintf(out, "usage: napier COMMAND DESIGN.yaml [OPTION]...\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(out,
        "\n"
        "  --set KEY=VALUE  override any key of any file; may be repeated\n"
        "  --images N       run: the first N test images; cosim: N images (1)\n"
        "  --first N        cosim: from test image N on (0)\n"
        "  --jobs N         threads; 0 is one for each CPU (0)\n"
        "  --json FILE      everything printed, as JSON; - is standard output\n"
        "  -o DIR           rom, cosim: folder of the ROM images (rom)\n"
        "  --verify         rom: decode the images of -o and compare\n"
        "  --rtl DIR        cosim: modules in place of the shipped ones\n"
        "  --keys           check: every key of every file, as docs/config.md\n"
        "  --help, --version\n\n"
        "exit status: 0 done, 1 refused or different, 2 usage, 130 "
        "interrupted\n");
}

static int usage_error(const char *text, const char *value)
{
    fprintf(stderr, "napier: %s%s%s%s\n", text, value ? " '" : "",
            value ? value : "", value ? "'" : "");
    fprintf(stderr, "try 'napier --help'\n");
    return 2;
}

static int read_number(const char *text, int64_t max, int64_t *value)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (errno || end == text || *end || v < 0 || v > max)
        return -1;
    *value = v;
    return 0;
}

enum { OPT_SET = 256, OPT_IMAGES, OPT_FIRST, OPT_JOBS, OPT_JSON, OPT_VERIFY,
       OPT_RTL, OPT_KEYS, OPT_HELP, OPT_VERSION };

static const struct option long_options[] = {
    { "set", required_argument, NULL, OPT_SET },
    { "images", required_argument, NULL, OPT_IMAGES },
    { "first", required_argument, NULL, OPT_FIRST },
    { "jobs", required_argument, NULL, OPT_JOBS },
    { "json", required_argument, NULL, OPT_JSON },
    { "output", required_argument, NULL, 'o' },
    { "verify", no_argument, NULL, OPT_VERIFY },
    { "rtl", required_argument, NULL, OPT_RTL },
    { "keys", no_argument, NULL, OPT_KEYS },
    { "help", no_argument, NULL, OPT_HELP },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 }
};

/* A number option; 0, or 2 after a message. */
static int take_number(const char *name, const char *text, int64_t max,
                       int64_t *value)
{
    if (!read_number(text, max, value))
        return 0;
    fprintf(stderr, "napier: '%s' is '%s', must be 0 to %lld\n", name, text,
            (long long) max);
    return 2;
}

/* 0: go on; 1: done, all is printed; 2: usage error. */
static int take_option(int opt, const char *argument, struct options *o,
                       struct diag *diag)
{
    int64_t jobs = 0;

    switch (opt) {
    case OPT_SET: override_parse(&o->overrides, argument, diag); return 0;
    case OPT_IMAGES: return take_number("--images", argument, INT32_MAX,
                                        &o->images);
    case OPT_FIRST: return take_number("--first", argument, INT32_MAX,
                                       &o->first_image);
    case OPT_JOBS:
        if (take_number("--jobs", argument, 256, &jobs))
            return 2;
        o->jobs = (int) jobs;
        return 0;
    case OPT_JSON: o->json = argument; return 0;
    case 'o': o->output = argument; return 0;
    case OPT_VERIFY: o->verify = true; return 0;
    case OPT_RTL: o->rtl = argument; return 0;
    case OPT_KEYS: o->keys = true; return 0;
    case OPT_HELP: print_usage(stdout); return 1;
    case OPT_VERSION: printf("napier %s\n", NAPIER_VERSION); return 1;
    default: fprintf(stderr, "try 'napier --help'\n"); return 2;
    }
}

static int run(int argc, char **argv, struct options *o, struct diag *diag)
{
    const char *names[COMMANDS];
    int opt, stop;

    while ((opt = getopt_long(argc, argv, "o:", long_options, NULL)) != -1)
        if ((stop = take_option(opt, optarg, o, diag)) != 0)
            return stop == 1 ? 0 : stop;
    if (optind >= argc) {
        print_usage(stderr);
        return 2;
    }
    o->command = argv[optind++];
    if (optind < argc)
        o->file = argv[optind++];
    if (optind < argc)
        return usage_error("unexpected argument", argv[optind]);
    if (diag_error_count(diag) > 0) {
        diag_add_source(diag, "--set", o->overrides.source.text,
                        o->overrides.source.length);
        diag_print(diag, stderr);
        return 1;
    }
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (strcmp(o->command, commands[i].name))
            continue;
        if (!o->file && !o->keys)
            return usage_error("no design file given for", o->command);
        return commands[i].run(o);
    }
    const char *near = text_find_nearest(o->command, names, COMMANDS);

    if (near)
        fprintf(stderr, "napier: did you mean '%s'?\n", near);
    return usage_error("unknown command", o->command);
}

int main(int argc, char **argv)
{
    struct options options = { .images = -1 };
    struct diag diag;
    int status;

    argv[0] = (char *) "napier";    /* for getopt's messages */
    interrupt_install();
    diag_init(&diag);
    override_init(&options.overrides);
    status = run(argc, argv, &options, &diag);
    override_release(&options.overrides);
    diag_release(&diag);
    if (interrupt_requested()) {
        fprintf(stderr, "napier: interrupted, nothing half-written\n");
        return interrupt_exit_status();
    }
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "napier: standard output cannot be written\n");
        return 1;
    }
    return status;
}

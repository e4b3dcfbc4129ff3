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
#include "sim/cli/heed.h"
#include "sim/net/net_settings.h"
#include "sim/version.h"

struct command {
    const char *name;
    int (*run)(const struct options *);
    const char *help;
};

static const struct command commands[] = {
    { "import", command_import, "a .tflite or .onnx file: where each operator "
                                "runs" },
    { "check", command_check, "read everything, report every error" },
    { "quantize", command_quantize, "what quantization loses, tensor by "
                                    "tensor; also of numbers" },
    { "run", command_run, "the network on the C model: accuracy, overflows, "
                          "cycles" },
    { "rom", command_rom, "ROM images, manifest and npu_pkg.sv; --verify reads "
                          "them back" },
    { "package", command_package, "HARDWARE.yaml as the RTL's npu_pkg.sv, to "
                                  "-o FILE or printed" },
    { "cosim", command_cosim, "the same program on the Verilated RTL, compared "
                              "with the model" },
    { "sweep", command_sweep, "many settings of a design, in a row each; on "
                              "a cluster too" },
    { "report", command_report, "the front of a sweep's results; -o: an HTML "
                                "page, also of a run" },
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
        "  --values A,B,... quantize: numbers in place of a design\n"
        "  --bits N         quantize: width of the numbers or of FILE.npy "
        "(8)\n"
        "  --sensitivity    quantize: each layer alone at 8 to 2 bits (on 500 "
        "images)\n"
        "  --errors         run: how the error grows from layer to layer\n"
        "  --energy         run: memory traffic and energy by layer\n"
        "  --accumulator-study\n"
        "                   run: bounds, measured peaks, accuracy against "
        "width\n"
        "  --widths LO:HI   study: accumulator widths, 8 to 48 bits (chosen)\n"
        "  --tolerance P    study: points of accuracy that may be lost (0.5)\n"
        "  --no-reuse       study, sweep: run every layer again; the same "
        "results\n"
        "  --first N        cosim: from test image N on (0)\n"
        "  --jobs N         threads; 0 is one for each CPU (0)\n"
        "  --json FILE      everything printed, as JSON; - is standard output\n"
        "  -o DIR           rom, cosim: folder of the ROM images (rom); sweep: "
        "FILE\n"
        "                   of --export; report: FILE.html; package: FILE.sv;\n"
        "                   import: of our form of a float network\n"
        "  --verify         rom: decode the images of -o (or --decode) and "
        "compare\n"
        "  --firmware DIR   rom: a driver in C99, the image and its test\n"
        "  --registers F    rom: the register map as c, sv, systemc, markdown\n"
        "  --decode IMAGE   rom: images to tensors, -o FILE.npz; needs no "
        "design\n"
        "  --manifest FILE  rom, run: of the images (manifest.json beside "
        "them)\n"
        "  --diff A B       rom: which tensors of two images differ, and "
        "where\n"
        "  --format F       rom: mem, hex, bin, ihex, ihex16, ihex8, srec, "
        "srec28,\n"
        "                   srec19, coe, mif, c, sv (mem)\n"
        "  --banking B      rom: column, row, flat (column)\n"
        "  --packing P      rom: words, padded, tight (by format)\n"
        "  --unit BITS      rom: of padded and tight, 8 to 512 (8)\n"
        "  --endian E       rom: little, big (little)\n"
        "  --bit-order O    rom: lsb, msb first (lsb)\n"
        "  --split S        rom: none, memory, bank (by format)\n"
        "  --byte-lanes N   rom: each file in N, byte by byte (1)\n"
        "  --secded         rom: check bits in each word\n"
        "  --base A         rom: first address, or weight=A,bias=A,... (0)\n"
        "  --align N        rom: of banks, in bytes (4)\n"
        "  --fill BYTE      rom: of gaps (0)\n"
        "  --addresses      rom: @ lines in mem and hex, even where not "
        "needed\n"
        "  --inject N       rom: flip N bits of the images, by --seed\n"
        "  --inject-into M  rom: of these memories, as weight,bias (all)\n"
        "  --rom IMAGE      run: from images in place of the network\n"
        "  --rtl DIR        cosim: modules in place of the shipped ones\n"
        "  --engine         cosim: the engine alone, fed by C\n"
        "  --only L[:T]     cosim: layer L alone (channel tile T)\n"
        "  --waves FILE     cosim: a window around the first difference, VCD, "
        "or FST\n"
        "                   if FILE ends in .fst\n"
        "  --random N       cosim: N random cases in place of a design; --set "
        "fixes\n"
        "                   keys of the hardware\n"
        "  --seed S         cosim: of --random (1); else random pauses on the "
        "bus\n"
        "  --db FILE        sweep: where results are kept (NAME.db)\n"
        "  --shard I/N      sweep: part I of N\n"
        "  --shared         sweep: --db is on a network file system\n"
        "  --slurm N        sweep: as a job array of N tasks; folder -o\n"
        "  --slurm-options O\n"
        "                   sweep: more for each sbatch, such as "
        "'--partition=long'\n"
        "  --export F       sweep: results as csv or json; FILE may be a .db\n"
        "  --merge          sweep: FILE... into --db\n"
        "  --objectives L   report: NAME[:min|max],... (those of the sweep)\n"
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
       OPT_REGISTERS, OPT_FIRMWARE,
       OPT_RTL, OPT_KEYS, OPT_ENGINE, OPT_WAVES, OPT_ONLY, OPT_RANDOM, OPT_SEED,
       OPT_OBJECTIVES, OPT_BITS, OPT_VALUES, OPT_SENSITIVITY,
       OPT_ERRORS, OPT_ENERGY, OPT_STUDY, OPT_WIDTHS,
       OPT_TOLERANCE, OPT_NO_REUSE, OPT_DB, OPT_SHARD, OPT_SHARED, OPT_SLURM,
       OPT_SLURM_OPTIONS, OPT_EXPORT, OPT_MERGE, OPT_HELP, OPT_VERSION,
       OPT_ROM_ARGUMENT };        /* and on: enum rom_argument */

/* LO:HI, widths of an accumulator; 0, or 2 after a message. */
static int take_widths(const char *text, struct options *o)
{
    int lo, hi, end = 0;

    if (sscanf(text, "%d:%d%n", &lo, &hi, &end) == 2 && !text[end]
        && 8 <= lo && lo <= hi && hi <= 48) {
        o->width_lo = lo;
        o->width_hi = hi;
        return 0;
    }
    fprintf(stderr, "napier: '--widths' is '%s', must be LO:HI with 8 <= LO "
            "<= HI <= 48\n", text);
    return 2;
}

static int take_tolerance(const char *text, struct options *o)
{
    char *end;
    const double points = strtod(text, &end);

    if (end != text && !*end && points >= 0.0 && points <= 100.0) {
        o->tolerance = points;
        return 0;
    }
    fprintf(stderr, "napier: '--tolerance' is '%s', must be 0 to 100\n", text);
    return 2;
}

/* I/N, a part of a sweep. */
static int take_shard(const char *text, struct options *o)
{
    int i, n, end = 0;

    if (sscanf(text, "%d/%d%n", &i, &n, &end) == 2 && !text[end] && i >= 1
        && i <= n) {
        o->shard = i;
        o->shards = n;
        return 0;
    }
    fprintf(stderr, "napier: '--shard' is '%s', must be I/N with 1 <= I <= "
            "N\n", text);
    return 2;
}

static int take_export(const char *text, struct options *o)
{
    if (!strcmp(text, "csv") || !strcmp(text, "json")) {
        o->export = text;
        return 0;
    }
    fprintf(stderr, "napier: '--export' is '%s', must be csv or json\n", text);
    return 2;
}

static const struct option long_options[] = {
    { "set", required_argument, NULL, OPT_SET },
    { "images", required_argument, NULL, OPT_IMAGES },
    { "first", required_argument, NULL, OPT_FIRST },
    { "jobs", required_argument, NULL, OPT_JOBS },
    { "json", required_argument, NULL, OPT_JSON },
    { "output", required_argument, NULL, 'o' },
    { "verify", no_argument, NULL, OPT_VERIFY },
    { "registers", required_argument, NULL, OPT_REGISTERS },
    { "firmware", required_argument, NULL, OPT_FIRMWARE },
    { "rtl", required_argument, NULL, OPT_RTL },
    { "engine", no_argument, NULL, OPT_ENGINE },
    { "waves", required_argument, NULL, OPT_WAVES },
    { "only", required_argument, NULL, OPT_ONLY },
    { "random", required_argument, NULL, OPT_RANDOM },
    { "seed", required_argument, NULL, OPT_SEED },
    { "keys", no_argument, NULL, OPT_KEYS },
    { "objectives", required_argument, NULL, OPT_OBJECTIVES },
    { "bits", required_argument, NULL, OPT_BITS },
    { "values", required_argument, NULL, OPT_VALUES },
    { "sensitivity", no_argument, NULL, OPT_SENSITIVITY },
    { "errors", no_argument, NULL, OPT_ERRORS },
    { "energy", no_argument, NULL, OPT_ENERGY },
    { "accumulator-study", no_argument, NULL, OPT_STUDY },
    { "widths", required_argument, NULL, OPT_WIDTHS },
    { "tolerance", required_argument, NULL, OPT_TOLERANCE },
    { "no-reuse", no_argument, NULL, OPT_NO_REUSE },
    { "db", required_argument, NULL, OPT_DB },
    { "shard", required_argument, NULL, OPT_SHARD },
    { "shared", no_argument, NULL, OPT_SHARED },
    { "slurm", required_argument, NULL, OPT_SLURM },
    { "slurm-options", required_argument, NULL, OPT_SLURM_OPTIONS },
    { "export", required_argument, NULL, OPT_EXPORT },
    { "merge", no_argument, NULL, OPT_MERGE },
#define ROM_OPTION(name, wants, which) \
    { name, wants, NULL, OPT_ROM_ARGUMENT + ROM_ARG_##which }
    ROM_OPTION("format", required_argument, FORMAT),
    ROM_OPTION("banking", required_argument, BANKING),
    ROM_OPTION("packing", required_argument, PACKING),
    ROM_OPTION("unit", required_argument, UNIT),
    ROM_OPTION("endian", required_argument, ENDIAN),
    ROM_OPTION("bit-order", required_argument, BIT_ORDER),
    ROM_OPTION("split", required_argument, SPLIT),
    ROM_OPTION("byte-lanes", required_argument, BYTE_LANES),
    ROM_OPTION("secded", no_argument, SECDED),
    ROM_OPTION("fill", required_argument, FILL),
    ROM_OPTION("align", required_argument, ALIGN),
    ROM_OPTION("base", required_argument, BASE),
    ROM_OPTION("addresses", no_argument, ADDRESSES),
    ROM_OPTION("inject", required_argument, INJECT),
    ROM_OPTION("inject-into", required_argument, INJECT_INTO),
    ROM_OPTION("decode", required_argument, DECODE),
    ROM_OPTION("manifest", required_argument, MANIFEST),
    ROM_OPTION("diff", required_argument, DIFF),
    ROM_OPTION("rom", required_argument, IMAGE),
#undef ROM_OPTION
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

/* One or more of something; 0, or 2 after a message. */
static int take_count(const char *name, const char *text, int64_t max,
                      int64_t *value)
{
    if (!read_number(text, max, value) && *value > 0)
        return 0;
    fprintf(stderr, "napier: '%s' is '%s', must be 1 to %lld\n", name, text,
            (long long) max);
    return 2;
}

/* 0: go on; 1: done, all is printed; 2: usage error. */
static int take_option(int opt, const char *argument, struct options *o,
                       struct diag *diag)
{
    int64_t jobs = 0;

    if (opt >= OPT_ROM_ARGUMENT) {
        o->rom.text[opt - OPT_ROM_ARGUMENT] = argument ? argument : "";
        return 0;
    }
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
    case OPT_REGISTERS: o->registers = argument; return 0;
    case OPT_FIRMWARE: o->firmware = argument; return 0;
    case OPT_RTL: o->rtl = argument; return 0;
    case OPT_ENGINE: o->engine = true; return 0;
    case OPT_WAVES: o->waves = argument; return 0;
    case OPT_ONLY: o->only = argument; return 0;
    case OPT_RANDOM: return take_count("--random", argument, INT32_MAX,
                                       &o->random);
    case OPT_SEED: return take_number("--seed", argument, INT64_MAX,
                                      &o->seed);
    case OPT_OBJECTIVES: o->objectives = argument; return 0;
    case OPT_BITS: o->bits = argument; return 0;
    case OPT_VALUES: o->values = argument; return 0;
    case OPT_SENSITIVITY: o->sensitivity = true; return 0;
    case OPT_KEYS: o->keys = true; return 0;
    case OPT_ERRORS: o->errors = true; return 0;
    case OPT_ENERGY: o->energy = true; return 0;
    case OPT_STUDY: o->study = true; return 0;
    case OPT_WIDTHS: return take_widths(argument, o);
    case OPT_TOLERANCE: return take_tolerance(argument, o);
    case OPT_NO_REUSE: o->no_reuse = true; return 0;
    case OPT_DB: o->db = argument; return 0;
    case OPT_SHARD: return take_shard(argument, o);
    case OPT_SHARED: o->shared = true; return 0;
    case OPT_SLURM: return take_count("--slurm", argument, 100000, &o->slurm);
    case OPT_SLURM_OPTIONS: o->slurm_options = argument; return 0;
    case OPT_EXPORT: return take_export(argument, o);
    case OPT_MERGE: o->merge = true; return 0;
    case OPT_HELP: print_usage(stdout); return 1;
    case OPT_VERSION: printf("napier %s\n", NAPIER_VERSION); return 1;
    default: fprintf(stderr, "try 'napier --help'\n"); return 2;
    }
}

/* Each command has at most one thing that it does without a design. */
static bool needs_no_design(int (*command)(const struct options *),
                            const struct options *o)
{
    if (command == command_check)
        return o->keys;
    if (command == command_quantize)
        return o->values;
    if (command == command_cosim)
        return o->random;
    if (command != command_rom)
        return false;
    return o->registers || (o->rom.text[ROM_ARG_DECODE] && !o->verify);
}

/* Of an option that getopt has taken. */
static const char *option_name(int opt)
{
    const struct option *l = long_options;

    while (l->name && l->val != opt)
        l++;
    return l->name;
}

enum { MOST_OPTIONS = 200 };

static int run(int argc, char **argv, struct options *o, struct diag *diag)
{
    const char *names[COMMANDS], *given[MOST_OPTIONS];
    int opt, stop, count = 0;

    while ((opt = getopt_long(argc, argv, "o:", long_options, NULL)) != -1) {
        if ((stop = take_option(opt, optarg, o, diag)) != 0)
            return stop == 1 ? 0 : stop;
        if (count < MOST_OPTIONS)      /* those beyond are only not checked */
            given[count++] = option_name(opt);
    }
    if (optind >= argc) {
        print_usage(stderr);
        return 2;
    }
    o->command = argv[optind++];
    if (optind < argc)
        o->file = argv[optind++];
    if (optind < argc && !o->merge)
        return usage_error("unexpected argument", argv[optind]);
    o->more = argv + optind;
    o->more_count = argc - optind;
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
        if ((stop = heed_check(o->command, given, count)) != 0)
            return stop;
        if (!o->file && commands[i].run == command_report)
            return usage_error("no file given for", o->command);
        if (!o->file && !needs_no_design(commands[i].run, o))
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
    struct options options = { .images = -1, .tolerance = 0.5 };
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

#include "sim/api/napier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/array.h"
#include "sim/array/evaluate.h"
#include "sim/array/timing.h"
#include "sim/config/design.h"
#include "sim/net/net_design.h"
#include "sim/quant/quantize.h"
#include "sim/version.h"

enum { ARENA_BYTES = 512 << 20 };

struct napier {
    struct arena arena;
    struct override_list overrides;
    struct design design;
    struct hw hw;
    struct net net;
    struct quantization quant;
    struct program program;
    struct array_model *model;
    struct array_state *state;
};

const char *napier_version(void)
{
    return NAPIER_VERSION;
}

static int read_files(struct napier *n, const char *design, struct diag *diag)
{
    if (design_read(&n->design, design, &n->overrides, &n->arena, diag)
        || hw_read(&n->hw, n->design.hardware, &n->overrides, &n->arena, diag)
        || net_read_design(&n->net, &n->design, &n->overrides, false, diag))
        return -1;
    return override_report_unused(&n->overrides, diag);
}

static int prepare(struct napier *n, struct diag *diag)
{
    struct dataset data;
    int result = -1;

    if (quantize_read_data(&data, &n->net, &n->design, diag))
        return -1;
    if (!quantize_network(&n->quant, &n->net, &n->hw, &n->design, &data, 0,
                          diag)
        && !program_build(&n->program, &n->quant.qnet, &n->hw, diag)) {
        n->model = array_new(&n->program, NULL);
        n->state = n->model ? array_state_new(n->model) : NULL;
        result = n->state ? 0 : diag_error(diag, n->design.place,
                                           "out of memory");
    }
    dataset_release(&data);
    return result;
}

/* The messages as text; the rest of a long list is cut. */
static void print_messages(const struct diag *diag, char *err, size_t size)
{
    FILE *stream;

    if (!err || size == 0)
        return;
    err[0] = '\0';
    stream = fmemopen(err, size, "w");
    if (!stream)
        return;
    diag_print(diag, stream);
    fclose(stream);
    err[size - 1] = '\0';
}

struct napier *napier_open(const char *design, const char *const *sets,
                           size_t set_count, char *err, size_t err_size)
{
    struct napier *n = calloc(1, sizeof(*n));
    struct diag diag;
    int failed = !n;

    if (!n)
        return NULL;
    diag_init(&diag);
    arena_init(&n->arena, (size_t) ARENA_BYTES);
    override_init(&n->overrides);
    for (size_t i = 0; i < set_count; i++)
        if (override_parse(&n->overrides, sets[i], &diag))
            failed = 1;
    diag_add_source(&diag, "--set", n->overrides.source.text,
                    n->overrides.source.length);
    failed = failed || read_files(n, design, &diag) || prepare(n, &diag);
    print_messages(&diag, err, err_size);
    diag_release(&diag);
    if (!failed)
        return n;
    napier_close(n);
    return NULL;
}

void napier_close(struct napier *n)
{
    if (!n)
        return;
    array_state_free(n->state);
    array_free(n->model);
    program_release(&n->program);
    quantization_release(&n->quant);
    net_release(&n->net);
    override_release(&n->overrides);
    arena_release(&n->arena);
    free(n);
}

static struct net_shape output_shape(const struct napier *n)
{
    return net_tensor_shape(&n->net, n->net.layer_count);
}

size_t napier_input_elements(const struct napier *n)
{
    return (size_t) net_elements(n->net.input);
}

size_t napier_output_elements(const struct napier *n)
{
    return (size_t) net_elements(output_shape(n));
}

void napier_run_codes(struct napier *n, const int32_t *input, int32_t *output)
{
    memcpy(array_tensor(n->state, 0), input,
           napier_input_elements(n) * sizeof(*input));
    array_run(n->model, n->state);
    memcpy(output, array_tensor(n->state, n->net.layer_count),
           napier_output_elements(n) * sizeof(*output));
}

void napier_run(struct napier *n, const float *input, float *output)
{
    const struct quant_params *q = &n->program.tensor[n->net.layer_count];
    const int32_t *codes = array_tensor(n->state, n->net.layer_count);

    evaluate_quantize_input(&n->program, input, array_tensor(n->state, 0));
    array_run(n->model, n->state);
    for (size_t i = 0; i < napier_output_elements(n); i++)
        output[i] = (float) quant_real(q, codes[i]);
}

int64_t napier_overflows(const struct napier *n)
{
    int64_t sum = 0;

    for (int i = 0; i < n->net.layer_count; i++)
        for (int c = 0; c < n->net.layer[i].out.c; c++)
            sum += array_overflows(n->state, i)[c];
    return sum;
}

int64_t napier_cycles(const struct napier *n)
{
    int64_t cycles = 0;

    for (int i = 0; i < n->program.desc_count; i++)
        cycles += timing_layer_cycles(&n->hw, &n->program.desc[i]);
    return cycles;
}

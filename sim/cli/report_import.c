#include "sim/cli/report_import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/base/text.h"
#include "sim/graph/graph.h"
#include "sim/graph/tflite_ops.h"
#include "sim/quant/given.h"

enum { SHAPE_CHARS = 40, SAFE_CHARS = 40, WORD_CHARS = 100,
       NOTE_CHARS = 600, MATCHES_TOLD = 4 };

static const char *const where_texts[NET_WHERES] = {
    [NET_ON_ARRAY] = "array",
    [NET_ON_VECTOR] = "vector unit",
    [NET_ON_HOST] = "host",
    [NET_FREE] = "free",
    [NET_FOLDED] = "constant",
    [NET_MERGED] = "folded",
    [NET_UNUSED] = "not needed",
    [NET_UNSUPPORTED] = "NOT SUPPORTED",
};

/* A text of the file, of which nothing reaches a terminal but what it shows. */
static const char *clean(const char *text, char *out, size_t size)
{
    const size_t length = strlen(text);
    size_t at = 0, used = 0;

    while (at < length && used + 4 < size) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(text + at, length - at, &code);

        if (code == 0xfffd || text_is_control(code)) {
            out[used++] = '?';
        } else {
            memcpy(out + used, text + at, bytes);
            used += bytes;
        }
        at += bytes;
    }
    out[used] = '\0';
    return out;
}

static void format_shape(const struct graph_tensor *t, char text[SHAPE_CHARS])
{
    size_t at = 0;

    snprintf(text, SHAPE_CHARS, "scalar");
    for (int i = 0; i < t->rank && at < SHAPE_CHARS; i++)
        at += t->open & 1u << i
            ? (size_t) snprintf(text + at, SHAPE_CHARS - at, "%s?",
                                i ? "x" : "")
            : (size_t) snprintf(text + at, SHAPE_CHARS - at, "%s%" PRId64,
                                i ? "x" : "", t->dim[i]);
}

/* The first input that is computed, and the first output. */
static void format_shapes(const struct net *net, const struct graph_node *n,
                          char in[SHAPE_CHARS], char out[SHAPE_CHARS])
{
    snprintf(in, SHAPE_CHARS, "-");
    snprintf(out, SHAPE_CHARS, "-");
    if (n->input_count > 0 && n->input[0] >= 0)
        format_shape(&net->graph->tensor[n->input[0]], in);
    for (int k = n->input_count - 1; k >= 0; k--)
        if (n->input[k] >= 0 && !net->graph->tensor[n->input[k]].data)
            format_shape(&net->graph->tensor[n->input[k]], in);
    if (n->output_count > 0)
        format_shape(&net->graph->tensor[n->output[0]], out);
}

static const struct net_layer *layer_of(const struct net *net,
                                        const struct net_operator *o)
{
    return o->layer >= 0 && o->layer < net->layer_count ? &net->layer[o->layer]
                                                        : NULL;
}

/* The narrowest accumulator that no sum of the layer leaves, whatever the
 * input; 0: it has no sums, or a float network's are not known yet. */
static int bits_needed(const struct report_import *r, int layer)
{
    const struct net_layer *l = &r->net->layer[layer];
    const struct array_bound *b = r->model ? array_bounds(r->model, layer)
                                           : NULL;
    int bits = 0;

    if (!l->has_weights)
        return 0;
    if (!b)
        return r->net->quantized ? given_sum_bits(r->net, layer) : 0;
    for (int n = 0; n < l->filters; n++)
        bits = b[n].bits > bits ? b[n].bits : bits;
    return bits;
}

/* "17 bits", with a machine "17 bits: proved" or "17 bits: 3 of 8 proved". */
static void format_safety(const struct report_import *r,
                          const struct net_operator *o, char text[SAFE_CHARS])
{
    const struct net_layer *l = layer_of(r->net, o);
    const int bits = l ? bits_needed(r, o->layer) : 0;
    int proved = 0;

    snprintf(text, SAFE_CHARS, "%s", "");
    if (bits == 0)
        return;
    snprintf(text, SAFE_CHARS, "%d bits", bits);
    if (!r->model)
        return;
    for (int n = 0; n < l->filters; n++)
        proved += array_bounds(r->model, o->layer)[n].proved;
    if (proved == l->filters)
        snprintf(text, SAFE_CHARS, "%d bits: proved", bits);
    else
        snprintf(text, SAFE_CHARS, "%d bits: %d of %d proved", bits, proved,
                 l->filters);
}

static int64_t macs_of(const struct net *net, const struct net_operator *o)
{
    const struct net_layer *l = layer_of(net, o);

    return l && l->op != NET_HOST ? net_layer_macs(l) : o->macs;
}

static int64_t weights_of(const struct net *net, const struct net_operator *o)
{
    const struct net_layer *l = layer_of(net, o);

    return l && l->has_weights ? (int64_t) l->filters * l->taps : o->weights;
}

/* What the file calls it; of a helper, what it does. */
static const char *name_of(const struct net_operator *o, char out[WORD_CHARS])
{
    const char *name = o->helper ? tflite_op_name(o->node->op) : NULL;
    char kind[WORD_CHARS];

    if (!name)
        return clean(o->node->kind, out, WORD_CHARS);
    const bool ends = o->node->index < 0;

    snprintf(out, WORD_CHARS, "  + %s%s%s", name, ends ? ", " : "",
             ends ? clean(o->node->kind, kind, sizeof(kind)) : "");
    return out;
}

static void print_operator(const struct report_import *r,
                           const struct net_operator *o)
{
    const struct net_layer *l = layer_of(r->net, o);
    char in[SHAPE_CHARS], out[SHAPE_CHARS], safe[SAFE_CHARS];
    char index[WORD_CHARS], kind[WORD_CHARS], note[NOTE_CHARS];

    format_shapes(r->net, o->node, in, out);
    format_safety(r, o, safe);
    snprintf(index, sizeof(index), "%d", o->node->index);
    printf("%4s %-24.24s %-13s %-12.12s %-15s %-15s", o->helper ? "" : index,
           name_of(o, kind), where_texts[o->where], l ? l->name : "", in, out);
    printf(" %11s %9s  %s%s%s\n", text_count(macs_of(r->net, o)).text,
           text_count(weights_of(r->net, o)).text, safe,
           *safe && *o->note ? "; " : "",
           clean(o->note, note, sizeof(note)));
}

static void print_counts(const struct report_import *r, bool helpers)
{
    int64_t macs[NET_WHERES] = { 0 };
    int count[NET_WHERES] = { 0 };
    const char *between = helpers ? "rewriting " : "operators ";

    for (int i = 0; i < r->net->operator_count; i++) {
        const struct net_operator *o = &r->net->operators[i];

        if (o->helper != helpers)
            continue;
        count[o->where]++;
        macs[o->where] += macs_of(r->net, o);
    }
    for (int w = 0; w < NET_WHERES; w++) {
        if (count[w] == 0)
            continue;
        printf("%s%d %s", between, count[w], where_texts[w]);
        if (macs[w] > 0)
            printf(" (%s MACs)", text_count(macs[w]).text);
        between = ", ";
    }
    printf("\n");
}

static void print_sums(const struct report_import *r)
{
    bool host = false, helpers = false;

    for (int i = 0; i < r->net->operator_count; i++) {
        host = host || r->net->operators[i].where == NET_ON_HOST;
        helpers = helpers || r->net->operators[i].helper;
    }
    print_counts(r, false);
    if (helpers)
        print_counts(r, true);
    if (host)
        printf("host      its operators run in the C model as on a host: no "
               "cycles of the machine\n");
}

/* The channels of an operator's layer, 0 where it has no weights, and how many
 * of them are proved; -1: there is no machine. */
static int count_proved(const struct report_import *r,
                        const struct net_operator *o, int *channels)
{
    const struct net_layer *l = layer_of(r->net, o);
    const struct array_bound *b = l && r->model
                                      ? array_bounds(r->model, o->layer) : NULL;
    int proved = b ? 0 : -1;

    *channels = l && l->has_weights ? l->filters : 0;
    for (int n = 0; b && n < *channels; n++)
        proved += b[n].proved;
    return proved;
}

static enum given_match match_of(const struct report_import *r,
                                 const struct net_operator *o,
                                 const char **why)
{
    int channels;
    const int proved = count_proved(r, o, &channels);

    return given_match(r->net, r->program->hw, o,
                       channels > 0 && proved == channels, why);
}

/* " conv_0 (CONV_2D), dw_5 (DEPTHWISE_CONV_2D) and 3 more" that match so. */
static void print_matching(const struct report_import *r,
                           enum given_match match, int count)
{
    int told = 0;

    for (int i = 0; i < r->net->operator_count && told < MATCHES_TOLD; i++) {
        const struct net_operator *o = &r->net->operators[i];
        const struct net_layer *l = layer_of(r->net, o);
        char kind[WORD_CHARS];
        const char *why;

        if (match_of(r, o, &why) != match)
            continue;
        printf("%s %s%s%s%s", told ? "," : "", l ? l->name : "",
               l ? " (" : "", clean(o->node->kind, kind, sizeof(kind)),
               l ? ")" : "");
        told++;
    }
    if (count > told)
        printf(" and %d more", count - told);
}

/* Whose results the machine's are: the least that one of its operators is. */
static void print_exactness(const struct report_import *r)
{
    const bool onnx = r->net->graph->opset > 0;
    int count[] = { 0, 0, 0 };
    const char *reason = "", *why;

    if (!r->net->quantized || !r->program)
        return;
    for (int i = 0; i < r->net->operator_count; i++) {
        const enum given_match m = match_of(r, &r->net->operators[i], &why);

        if (m == GIVEN_DIFFERS && count[m] == 0)
            reason = why;
        count[m]++;
    }
    if (count[GIVEN_DIFFERS] > 0) {
        printf("exact     no: %s:", reason);
        print_matching(r, GIVEN_DIFFERS, count[GIVEN_DIFFERS]);
    } else if (count[GIVEN_NEAR] > 0) {
        printf("exact     near: as ONNX defines it, but what ONNX computes in "
               "float32 may be one code off, and what follows from it more:");
        print_matching(r, GIVEN_NEAR, count[GIVEN_NEAR]);
    } else {
        printf("exact     yes: every element as %s",
               onnx ? "ONNX defines it"
                    : "TensorFlow Lite's reference kernels have it");
    }
    printf("\n");
}

void report_print_operators(const struct report_import *r)
{
    const struct net *net = r->net;
    int count = 0;

    for (int i = 0; i < net->operator_count; i++)
        count += !net->operators[i].helper;
    char producer[WORD_CHARS];

    printf("network   %s: %s, %d operators%s%s\n", net->name,
           net->quantized ? "quantized by its file" : "float",
           count,
           *net->graph->producer ? ", " : "",
           clean(net->graph->producer, producer, sizeof(producer)));
    printf("\n%4s %-24s %-13s %-12s %-15s %-15s %11s %9s  %s\n", "", "operator",
           "runs on", "layer", "in", "out", "MACs", "weights", "accumulator");
    for (int i = 0; i < net->operator_count; i++)
        print_operator(r, &net->operators[i]);
    printf("\n");
    print_sums(r);
    print_exactness(r);
}

static json_t *shape_json(const struct graph_tensor *t)
{
    json_t *list = json_array();

    for (int i = 0; i < t->rank; i++)
        json_array_append_new(list, json_integer(t->dim[i]));
    return list;
}

static json_t *shapes_json(const struct net *net, const int *tensors, int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, tensors[i] < 0 ? json_null()
            : shape_json(&net->graph->tensor[tensors[i]]));
    return list;
}

/* What a machine adds: proved channels, and whether it is the file's result. */
static void add_machine(const struct report_import *r,
                        const struct net_operator *o, json_t *one)
{
    int channels;
    const int proved = count_proved(r, o, &channels);
    const char *why;

    if (channels > 0)
        json_object_set_new(one, "channels", json_integer(channels));
    if (channels > 0 && proved >= 0)
        json_object_set_new(one, "proved", json_integer(proved));
    if (!r->program || !r->net->quantized)
        return;
    const enum given_match m = match_of(r, o, &why);

    json_object_set_new(one, "exact", json_string(given_match_names[m]));
    if (*why)
        json_object_set_new(one, "reason", json_string(why));
}

json_t *report_operators(const struct report_import *r)
{
    json_t *list = json_array();

    for (int i = 0; i < r->net->operator_count; i++) {
        const struct net_operator *o = &r->net->operators[i];
        const struct graph_node *n = o->node;
        const struct net_layer *l = layer_of(r->net, o);
        char kind[WORD_CHARS], note[NOTE_CHARS];
        json_t *one = json_pack(
            "{s:i, s:s, s:s, s:s, s:I, s:I, s:s}", "index", n->index,
            "operator", clean(n->kind, kind, sizeof(kind)), "runs_on",
            net_where_name(o->where), "layer", l ? l->name : "", "macs",
            (json_int_t) macs_of(r->net, o), "weights",
            (json_int_t) weights_of(r->net, o), "note",
            clean(o->note, note, sizeof(note)));
        const char *helper = o->helper ? tflite_op_name(n->op) : NULL;

        if (helper)
            json_object_set_new(one, "helper", json_string(helper));
        json_object_set_new(one, "inputs", shapes_json(r->net, n->input,
                                                       n->input_count));
        json_object_set_new(one, "outputs", shapes_json(r->net, n->output,
                                                        n->output_count));
        if (l && bits_needed(r, o->layer))
            json_object_set_new(one, "accumulator_bits",
                                json_integer(bits_needed(r, o->layer)));
        add_machine(r, o, one);
        json_array_append_new(list, one);
    }
    return list;
}

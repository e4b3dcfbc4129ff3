/*
 * import_parts.h - what the importer's files share. Not for others.
 */
#ifndef IMPORT_PARTS_H
#define IMPORT_PARTS_H

#include "sim/graph/eval.h"
#include "sim/graph/onnx_lower.h"
#include "sim/net/net_import.h"
#include "sim/net/net.h"

/* What a PAD in front of a node adds: top, bottom, left, right. */
struct import_pads {
    int side[4];
};

struct importer {
    struct net *net;
    struct graph *graph;
    struct net_operator *operators;   /* [nodes] */
    bool *is_output;                  /* [graph tensors] */
    int *uses;                        /* [graph tensors] by needed nodes */
    int *source;                      /* [graph tensors] whose codes it shares:
                                         itself, or what a folded PAD read */
    struct import_pads *pads;         /* [nodes] */
    enum graph_activation *activation;/* [nodes] own or fused */
    int *result;                      /* [nodes] first output, or the fused
                                         RELU's */
    int *tensor_of;                   /* [graph tensors] net tensor, -1: none */
    struct diag *diag;
    struct place place;
};

/* A tensor that is computed while running, of the kind that layers exchange. */
bool import_is_activation(const struct importer *m, int t);

/* Its shape as (h, w, c); false: a batch that is not 1, or too large. */
bool import_is_image(const struct importer *m, int t);
struct net_shape import_shape(const struct importer *m, int t);

/*
 * Decide where every needed node runs, and what is fused: fills operators,
 * NET_UNSUPPORTED and a note. 0, or -1 without memory.
 */
int import_place(struct importer *m);

/* Products and weights of a node of either dialect into the operator. */
void import_count_work(const struct graph *g, const struct graph_node *n,
                       struct net_operator *o);

/* net->operators, which are the rewritten graph's, as the ONNX file's: a row
 * for each of its operators, helpers below. 0, or -1 without memory. */
int import_list_onnx(struct net *net, const struct graph *from,
                     const struct onnx_fate *fate);

/* Read an ONNX file, then as net_import_onnx. */
int import_onnx(struct net *net, const char *path,
                const struct net_import_shape *shape, struct diag *diag,
                struct place place);

/* Make the layers of what was placed. 0; or -1 and an error. */
int import_build(struct importer *m);

#endif

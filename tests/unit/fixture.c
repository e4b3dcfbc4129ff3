#include "fixture.h"

#include <stdlib.h>
#include <string.h>

int fixture_open_design(struct fixture *f, const char *design,
                        const char *const *sets)
{
    memset(f, 0, sizeof(*f));
    diag_init(&f->diag);
    arena_init(&f->arena, 0);
    override_init(&f->overrides);
    for (; sets && *sets; sets++)
        override_parse(&f->overrides, *sets, &f->diag);
    if (design_read(&f->design, design, &f->overrides, &f->arena, &f->diag)
        || hw_read(&f->hw, f->design.hardware, &f->overrides, &f->arena,
                   &f->diag)
        || net_read(&f->net, f->design.network, &f->overrides, &f->diag)
        || dataset_read(&f->calibration_data, f->design.calibration, &f->net,
                        &f->diag, PLACE_NONE))
        return -1;
    f->real = net_float_new(&f->net);
    if (!f->real || calibrate(&f->calibration, &f->net, f->real,
                              &f->calibration_data, &f->design, 1)
        || quantize(&f->qnet, &f->net, &f->hw, &f->design, &f->calibration,
                    &f->diag)
        || program_build(&f->program, &f->qnet, &f->hw, &f->diag))
        return -1;
    f->model = array_new(&f->program, NULL);
    return f->model ? 0 : -1;
}

int fixture_open(struct fixture *f, const char *const *sets)
{
    return fixture_open_design(f, "configs/designs/digits_w8a8.yaml", sets);
}

void fixture_close(struct fixture *f)
{
    diag_print(&f->diag, stderr);
    array_free(f->model);
    program_release(&f->program);
    qnet_release(&f->qnet);
    calibration_release(&f->calibration);
    net_float_free(f->real);
    dataset_release(&f->calibration_data);
    net_release(&f->net);
    override_release(&f->overrides);
    arena_release(&f->arena);
    diag_release(&f->diag);
}

const char *fixture_folder(void)
{
    static char folder[] = "/tmp/napier-test-XXXXXX";
    static int made;

    if (!made)
        made = mkdtemp(folder) != NULL;
    return folder;
}

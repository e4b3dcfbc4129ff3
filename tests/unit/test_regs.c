/*
 * test_regs.c - the register table against the addresses that the simulation
 * uses, which were written by hand, and what is printed from it.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "codegen/firmware.h"
#include "codegen/regs.h"
#include "sim/cosim/npu_core_shim.h"

void suite_regs(void);

static const struct reg *find(const struct reg *regs, const char *name)
{
    while (regs->name && strcmp(regs->name, name))
        regs++;
    return regs->name ? regs : NULL;
}

static void test_regs__addresses_are_those_of_the_simulation(void)
{
    static const struct { const char *name; uint32_t offset; } core[] = {
        { "ID", NPU_CORE_ID }, { "VERSION", NPU_CORE_VERSION },
        { "CTRL", NPU_CORE_CTRL }, { "STATUS", NPU_CORE_STATUS },
        { "IRQ_ENABLE", NPU_CORE_IRQ_ENABLE },
        { "IRQ_STATUS", NPU_CORE_IRQ_STATUS },
        { "CYCLES_LOW", NPU_CORE_CYCLES }, { "FINISHED", NPU_CORE_FINISHED },
        { "ROM_DIGEST", NPU_CORE_ROM_DIGEST },
        { "ROM_COUNT", NPU_CORE_ROM_COUNT }, { "ACT_SIZE", NPU_CORE_ACT_SIZE },
        { "SHAPE", NPU_CORE_SHAPE }, { "WEIGHT_WORDS", NPU_CORE_WEIGHT_WORDS },
        { "PARAM_WORDS", NPU_CORE_PARAM_WORDS },
        { "PROGRAM_CRC", NPU_CORE_PROGRAM_CRC },
        { "IMAGE_CRC", NPU_CORE_IMAGE_CRC }
    }, layer[] = {
        { "CYCLES_LOW", NPU_CORE_LAYER_CYCLES },
        { "OVERFLOWS_LOW", NPU_CORE_LAYER_OVERFLOWS },
        { "SIGNATURE", NPU_CORE_LAYER_SIGNATURE },
        { "INFO", NPU_CORE_LAYER_INFO }
    };

    for (size_t i = 0; i < sizeof(core) / sizeof(*core); i++) {
        const struct reg *r = find(regs_core, core[i].name);

        CU_ASSERT(r && r->offset == core[i].offset);
    }
    for (size_t i = 0; i < sizeof(layer) / sizeof(*layer); i++) {
        const struct reg *r = find(regs_layer, layer[i].name);

        CU_ASSERT(r && r->offset == layer[i].offset);
    }
    CU_ASSERT_EQUAL((int) REGS_LAYER_BASE, (int) NPU_CORE_LAYERS);
    CU_ASSERT_EQUAL((int) REGS_WINDOW_BASE, (int) NPU_CORE_WINDOW);
}

static void test_regs__no_two_share_an_address_or_a_bit(void)
{
    const struct reg *const all[] = { regs_core, regs_layer };

    for (int block = 0; block < 2; block++)
        for (const struct reg *a = all[block]; a->name; a++) {
            uint32_t bits = 0;

            for (const struct reg *b = a + 1; b->name; b++)
                CU_ASSERT(a->offset != b->offset && strcmp(a->name, b->name));
            CU_ASSERT(a->offset % 4 == 0);
            for (const struct reg_field *f = a->field; f->name; f++)
                for (int bit = f->low; bit < f->low + f->bits; bit++) {
                    CU_ASSERT(!(bits >> bit & 1));
                    bits |= 1u << bit;
                }
        }
}

static void test_regs__a_name_cannot_leave_its_string(void)
{
    struct strbuf text;

    strbuf_init(&text);
    firmware_quote(&text, "a\"b\\c\n?" "?/ \xc3\xa9");
    CU_ASSERT_STRING_EQUAL(text.text,
                           "\"a\\\"b\\\\c\\012\\?\\?/ \\303\\251\"");
    strbuf_release(&text);
}

void suite_regs(void)
{
    CU_pSuite s = CU_add_suite("regs", NULL, NULL);

    CU_ADD_TEST(s, test_regs__addresses_are_those_of_the_simulation);
    CU_ADD_TEST(s, test_regs__no_two_share_an_address_or_a_bit);
    CU_ADD_TEST(s, test_regs__a_name_cannot_leave_its_string);
}

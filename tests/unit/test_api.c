/* test_api.c - the installed header, as another program uses it. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "sim/api/napier.h"

void suite_api(void);

static void test_api__runs_a_design(void)
{
    static const char *const sets[] = { "accumulator.bits=12",
                                        "accumulator.overflow=wrap" };
    char err[500];
    float in[64], out[10];
    struct napier *n = napier_open("configs/designs/digits_w8a8.yaml", sets, 2,
                                   err, sizeof(err));

    CU_ASSERT_FATAL(n != NULL);
    CU_ASSERT_STRING_EQUAL(err, "");
    CU_ASSERT(napier_input_elements(n) == 64);
    CU_ASSERT(napier_output_elements(n) == 10);
    for (int i = 0; i < 64; i++)
        in[i] = (float) (i % 16) / 16.0f;
    napier_run(n, in, out);
    CU_ASSERT(napier_overflows(n) > 0);
    CU_ASSERT(napier_cycles(n) > 100);
    napier_close(n);
    napier_close(NULL);
}

static void test_api__errors_come_as_text(void)
{
    static const char *const sets[] = { "accumulator.bits=99" };
    char err[200], tiny[8];

    CU_ASSERT(napier_open("configs/designs/digits_w8a8.yaml", sets, 1, err,
                          sizeof(err)) == NULL);
    CU_ASSERT(strstr(err, "'accumulator.bits' is 99") != NULL);
    CU_ASSERT(napier_open("nowhere.yaml", NULL, 0, tiny, sizeof(tiny)) == NULL);
    CU_ASSERT(strlen(tiny) < sizeof(tiny));
}

void suite_api(void)
{
    CU_pSuite s = CU_add_suite("api", NULL, NULL);

    CU_ADD_TEST(s, test_api__runs_a_design);
    CU_ADD_TEST(s, test_api__errors_come_as_text);
}

/* Runs every suite; the list is made from the sources (mk/check.mk). */
#include <CUnit/Basic.h>
#include <stdlib.h>

#define SUITE(name) void name(void);
#include "suites.inc"
#undef SUITE

int main(void)
{
    unsigned failures;

    if (CU_initialize_registry())
        return EXIT_FAILURE;
#define SUITE(name) name();
#include "suites.inc"
#undef SUITE
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

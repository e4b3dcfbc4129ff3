// Clocks tb.sv. Returns 1 at the first difference, which a checker has printed.
#include "Vtb.h"
#include "tests/rtl/dpi/fx_dpi.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

int main(int argc, char **argv)
{
    const long cycles = argc > 1 ? std::strtol(argv[1], nullptr, 0) : 1000;
    const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1;
    const auto context = std::make_unique<VerilatedContext>();

    context->fatalOnError(false);
    fx_dpi_start(seed);
    const auto top = std::make_unique<Vtb>(context.get());
    for (long i = 0; i < 2 * cycles && !fx_dpi_differed(); i++) {
        top->clk_i = i & 1;
        top->eval();
        context->timeInc(1);
    }
    if (fx_dpi_differed())
        return 1;
    fx_dpi_summary();
    std::printf("dpi: 0 differences between rtl/ and sim/fx, %ld cycles, "
                "seed %llu\n", cycles, static_cast<unsigned long long>(seed));
    return 0;
}

// sc_oracle.cpp - sc_fix and sc_ufix behind a C interface. See sc_oracle.h.
//
// libsystemc.so defines main and leaves sc_main undefined; a C program that
// has its own main links once a dummy sc_main exists. Always the arbitrary-
// precision types: sc_fix_fast holds a double and is wrong above 53 bits.
#define SC_INCLUDE_FX
#include <systemc>

#include <memory>
#include <new>
#include <vector>

#include "tests/oracle/sc_oracle.h"

using sc_dt::sc_fix;
using sc_dt::sc_fxnum;
using sc_dt::sc_fxval;
using sc_dt::sc_ufix;

extern "C" int sc_main(int, char **)
{
    return 0;
}

struct sc_oracle_values {
    std::vector<sc_fxval> values;
};

namespace {

enum { WIDE_BITS = 128, HALF_WORD = 32 };

// sc_fix and sc_ufix share no assignment that keeps their checks, so that the
// format picks one of the two once and the work is a template over it.
template <class Work>
int with_number(const sc_oracle_format &format, Work work)
{
    const auto q_mode = static_cast<sc_dt::sc_q_mode>(format.q_mode);
    const auto o_mode = static_cast<sc_dt::sc_o_mode>(format.o_mode);

    try {
        if (format.is_signed) {
            sc_fix number(format.bits, format.bits, q_mode, o_mode,
                          format.n_bits);
            work(number);
        } else {
            sc_ufix number(format.bits, format.bits, q_mode, o_mode,
                           format.n_bits);
            work(number);
        }
        return 0;
    } catch (const sc_core::sc_report &) {
        return -1;
    }
}

// The bits, sign-extended. number.to_int64() is not asked: in SystemC 2.3.4 it
// gives 0 whenever the low 32 bits of the code are zero (-2^42 is one).
int64_t code_of(const sc_fxnum &number)
{
    const int bits = number.wl();
    const uint64_t raw = number.range(bits - 1, 0).to_uint64();

    if (!number.is_neg() || bits == 64)
        return static_cast<int64_t>(raw);
    return static_cast<int64_t>(raw | ~uint64_t{0} << bits);
}

// Built from halves that every constructor takes without loss.
sc_fxval value_of(const sc_oracle_integer &v)
{
    sc_fxval value(static_cast<double>(v.high >> HALF_WORD));
    const uint64_t words[] = {static_cast<uint64_t>(v.high) & 0xFFFFFFFF,
                              v.low >> HALF_WORD, v.low & 0xFFFFFFFF};

    for (const uint64_t word : words) {
        value <<= HALF_WORD;
        value += sc_fxval(static_cast<double>(word));
    }
    return value;
}

sc_fxval value_of(int64_t v)
{
    return value_of({v < 0 ? -1 : 0, static_cast<uint64_t>(v)});
}

// v / 2^drop, exactly.
sc_fxval scaled(sc_fxval v, int drop)
{
    if (drop >= 0)
        v >>= drop;
    else
        v <<= -drop;
    return v;
}

} // namespace

struct sc_oracle_values *sc_oracle_values_new(const struct sc_oracle_integer *v,
                                              size_t count, int drop)
{
    auto values = std::make_unique<sc_oracle_values>();

    for (size_t i = 0; i < count; i++)
        values->values.push_back(scaled(value_of(v[i]), drop));
    return values.release();
}

void sc_oracle_values_free(struct sc_oracle_values *values)
{
    delete values;
}

int sc_oracle_cast(const struct sc_oracle_values *values,
                   const struct sc_oracle_format *format,
                   struct sc_oracle_result *results)
{
    return with_number(*format, [&](auto &number) {
        for (const sc_fxval &value : values->values) {
            number = value;
            *results++ = {code_of(number), number.quantization_flag(),
                          number.overflow_flag()};
        }
    });
}

// The sum of the lanes' products; overflowed is set when one did not fit.
static int sum_of_products(const int32_t *a, const int32_t *w, int lanes,
                           const sc_oracle_format *product, int drop,
                           sc_fxval &sum, int &overflowed)
{
    for (int i = 0; i < lanes; i++) {
        sc_fix left(32, 32), right(32, 32);
        left = a[i];
        right = w[i];
        const sc_fxval exact = left * right;
        if (!product) {
            sum += exact;
            continue;
        }
        const int failed = with_number(*product, [&](auto &number) {
            number = scaled(exact, drop);
            overflowed |= number.overflow_flag();
            sum += number;
        });
        if (failed)
            return failed;
    }
    return 0;
}

int sc_oracle_mac(int64_t acc, const int32_t *a, const int32_t *w, int lanes,
                  const struct sc_oracle_format *product, int drop,
                  const struct sc_oracle_format *accumulator,
                  struct sc_oracle_result *result, int *product_overflowed)
{
    sc_fxval sum(0.0);

    *product_overflowed = 0;
    if (sum_of_products(a, w, lanes, product, drop, sum, *product_overflowed))
        return -1;
    return with_number(*accumulator, [&](auto &number) {
        number = value_of(acc);
        number += sum;
        *result = {code_of(number), number.quantization_flag(),
                   number.overflow_flag()};
    });
}

// v / 2^drop in 128 bits, which all that comes here fits.
static sc_fxval rounded(const sc_fxval &v, int drop, int q_mode)
{
    sc_fix number(WIDE_BITS, WIDE_BITS, static_cast<sc_dt::sc_q_mode>(q_mode),
                  sc_dt::SC_SAT);

    number = scaled(v, drop);
    return sc_fxval(number);
}

int sc_oracle_requantize(int64_t acc, int32_t mult, int shift, int q_mode,
                         int two_steps, int32_t zero_point, int32_t min,
                         int32_t max, int32_t *code)
{
    try {
        sc_fxval value = value_of(acc);
        value *= value_of(int64_t{mult});
        value = two_steps ? rounded(rounded(value, 31, sc_dt::SC_RND),
                                    shift - 31, sc_dt::SC_RND_INF)
                          : rounded(value, shift, q_mode);
        value += value_of(int64_t{zero_point});
        if (value < value_of(int64_t{min}))
            *code = min;
        else if (value > value_of(int64_t{max}))
            *code = max;
        else
            *code = static_cast<int32_t>(value.to_double());
        return 0;
    } catch (const sc_core::sc_report &) {
        return -1;
    }
}

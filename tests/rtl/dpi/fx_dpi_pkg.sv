// sim/fx as SystemVerilog sees it, for the checkers of this folder. The C side is fx_dpi.c.
// Small arguments, one call a case: wide ones make a Verilated build slow to compile.
package fx_dpi_pkg;

  // A difference was found: true for the first of a run alone, which is the one to report.
  import "DPI-C" function bit fx_dpi_first();

  import "DPI-C" function longint fx_dpi_seed();

  // fx_round's code - floor, for a value whose lowest four bits are {lsb, half, sticky} and sign neg
  import "DPI-C" function int fx_dpi_increment(
    input int rounding, input bit neg, input bit lsb, input bit half, input bit sticky);

  // fx_reduce; *event: whether it overflowed
  import "DPI-C" function longint fx_dpi_reduce(
    input longint value, input int bits, input int overflow, input int wrap_bits,
    output bit over);

  // fx_round, then fx_reduce
  import "DPI-C" function longint fx_dpi_product(
    input longint value, input int drop, input int rounding, input int bits, input int overflow);

  // fx_mac, after one fx_dpi_operands for each lane. product_bits = 0: exact products.
  import "DPI-C" function void fx_dpi_operands(input int lane, input int act, input int weight);

  import "DPI-C" function longint fx_dpi_mac(
    input  longint acc, input int lanes,
    input  int product_bits, input int product_drop, input int product_rounding,
    input  int product_overflow,
    input  int acc_bits, input int acc_overflow, input int acc_wrap_bits,
    output bit over);

  // Whether a step is one that the array makes: acc a code, act no lowest number.
  import "DPI-C" function bit fx_dpi_legal(
    input longint acc, input int lanes, input int act_bits, input int weight_bits,
    input int acc_bits, input int acc_overflow);

  // fx_requantize
  import "DPI-C" function int fx_dpi_requantize(
    input longint acc, input int mult, input int shift, input bit double_round,
    input int rounding, input int zero_point, input int min, input int max);

endpackage

// The stimulus of fx_dpi.c.
package tb_pkg;

  import "DPI-C" function longint fx_dpi_draw_value(input int bits, input int code_bits);

  import "DPI-C" function longint fx_dpi_draw_product(
    input int bits, input int code_bits, input int drop);

  import "DPI-C" function int fx_dpi_draw_operand(input int bits, input bit lowest);

  import "DPI-C" function longint fx_dpi_draw_sum(input int bits, input int overflow);

  // {rarely, mostly, rarely, half, three bits of a small count}
  import "DPI-C" function int fx_dpi_draw_flags();

  import "DPI-C" function void fx_dpi_draw_requant(
    input  int acc_bits, input int mult_bits, input int act_bits,
    output longint acc, output int mult, output int shift,
    output int zero_point, output int min, output int max);

endpackage

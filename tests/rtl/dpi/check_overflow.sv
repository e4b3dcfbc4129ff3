// Bound to npu_overflow: code and event are fx_reduce's. To 64 bits in.
module check_overflow #(
  parameter int InWidth  = 33,
  parameter int OutWidth = 32,
  parameter int Mode     = 0,
  parameter int WrapBits = 0
) (
  input logic signed [InWidth-1:0]  value_i,
  input logic signed [OutWidth-1:0] value_o,
  input logic                       overflow_o
);

  import fx_dpi_pkg::*;

  longint expected;
  bit     over_expected;

  always_comb begin
    expected = fx_dpi_reduce(64'(value_i), OutWidth, Mode, WrapBits, over_expected);
    if (64'(value_o) != expected || overflow_o != over_expected) begin
      if (fx_dpi_first()) begin
        $error("%m: %0d into %0d bits, mode %0d wrap_bits %0d: %0d event %0d, fx_reduce %0d event %0d, seed %0d",
               value_i, OutWidth, Mode, WrapBits, value_o, overflow_o, expected, over_expected,
               fx_dpi_seed());
      end
    end
  end

endmodule

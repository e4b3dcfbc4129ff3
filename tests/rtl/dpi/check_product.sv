// Bound to npu_product: fx_round, then fx_reduce.
module check_product #(
  parameter int InWidth  = 16,
  parameter int OutWidth = 12,
  parameter int Drop     = 4,
  parameter int Rounding = 0,
  parameter int Overflow = 0
) (
  input logic signed [InWidth-1:0]  prod_i,
  input logic signed [OutWidth-1:0] prod_o
);

  import fx_dpi_pkg::*;

  longint expected;

  always_comb begin
    expected = fx_dpi_product(64'(prod_i), Drop, Rounding, OutWidth, Overflow);
    if (64'(prod_o) != expected) begin
      if (fx_dpi_first()) begin
        $error("%m: %0d, drop %0d rounding %0d overflow %0d bits %0d: %0d, fx %0d, seed %0d",
               prod_i, Drop, Rounding, Overflow, OutWidth, prod_o, expected, fx_dpi_seed());
      end
    end
  end

endmodule

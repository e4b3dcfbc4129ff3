// Bound to npu_round_inc: the increment is what fx_round adds to the floor of a number with two
// dropped bits that has the four bits of the inputs.
module check_round_inc #(
  parameter int Mode = 0
) (
  input logic neg_i,
  input logic lsb_i,
  input logic half_i,
  input logic sticky_i,
  input logic inc_o
);

  import fx_dpi_pkg::*;

  int expected;

  always_comb begin
    expected = fx_dpi_increment(Mode, neg_i, lsb_i, half_i, sticky_i);
    if (32'(inc_o) != expected) begin
      if (fx_dpi_first()) begin
        $error("%m: neg %0d lsb %0d half %0d sticky %0d mode %0d: inc %0d, fx_round %0d, seed %0d",
               neg_i, lsb_i, half_i, sticky_i, Mode, inc_o, expected, fx_dpi_seed());
      end
    end
  end

endmodule

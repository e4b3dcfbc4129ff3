// npu_product with a new product every cycle.
module tb_product #(
  parameter int InWidth  = 16,
  parameter int OutWidth = 8,
  parameter int Drop     = 4,
  parameter int Rounding = 0,
  parameter int Overflow = 0
) (
  input logic clk_i
);

  // Many small classes compile in a fraction of the time of one large one.
  /* verilator no_inline_module */

  logic signed [InWidth-1:0]  prod_q = '0;
  logic signed [OutWidth-1:0] code;

  always_ff @(posedge clk_i) begin
    prod_q <= InWidth'(tb_pkg::fx_dpi_draw_product(InWidth, OutWidth, Drop));
  end

  npu_product #(
    .InWidth  ( InWidth  ),
    .OutWidth ( OutWidth ),
    .Drop     ( Drop     ),
    .Rounding ( Rounding ),
    .Overflow ( Overflow )
  ) u_product (
    .prod_i ( prod_q ),
    .prod_o ( code   )
  );

endmodule

// npu_overflow with a new value every cycle.
module tb_overflow #(
  parameter int InWidth  = 9,
  parameter int OutWidth = 8,
  parameter int Mode     = 0,
  parameter int WrapBits = 0
) (
  input logic clk_i
);

  // Many small classes compile in a fraction of the time of one large one.
  /* verilator no_inline_module */

  logic signed [InWidth-1:0]  value_q = '0;
  logic signed [OutWidth-1:0] code;
  logic                       over;

  always_ff @(posedge clk_i) begin
    value_q <= InWidth'(tb_pkg::fx_dpi_draw_value(InWidth, OutWidth));
  end

  npu_overflow #(
    .InWidth  ( InWidth  ),
    .OutWidth ( OutWidth ),
    .Mode     ( Mode     ),
    .WrapBits ( WrapBits )
  ) u_overflow (
    .value_i    ( value_q ),
    .value_o    ( code    ),
    .overflow_o ( over    )
  );

endmodule

// npu_requant with new inputs every cycle, valid or not; zero point, limits and double rounding
// change as often as the accumulators, as if each were a layer of its own.
module tb_requant #(
  parameter int AccWidth  = 32,
  parameter int MultWidth = 32,
  parameter int ActWidth  = 8,
  parameter int Rounding  = 0
) (
  input logic clk_i
);

  // Many small classes compile in a fraction of the time of one large one.
  /* verilator no_inline_module */

  logic                        valid_q = 1'b0, double_q = 1'b0;
  logic signed [AccWidth-1:0]  acc_q = '0;
  logic signed [MultWidth-1:0] mult_q = '0;
  logic [5:0]                  shift_q = '0;
  logic signed [ActWidth:0]    zp_q = '0, min_q = '0, max_q = '0;
  logic [ActWidth-1:0]         data;
  logic [2:0]                  later_q = '0;
  logic [1:0]                  unused_q;

  always_ff @(posedge clk_i) begin
    automatic longint acc;
    automatic int     mult, shift, zero_point, min, max;

    tb_pkg::fx_dpi_draw_requant(AccWidth, MultWidth, ActWidth, acc, mult, shift,
                                zero_point, min, max);
    {unused_q[1], valid_q, unused_q[0], double_q} <= 4'(tb_pkg::fx_dpi_draw_flags() >> 3);
    later_q  <= {later_q[1:0], valid_q};
    acc_q    <= AccWidth'(acc);
    mult_q   <= MultWidth'(mult);
    shift_q  <= 6'(shift);
    zp_q     <= (ActWidth+1)'(zero_point);
    min_q    <= (ActWidth+1)'(min);
    max_q    <= (ActWidth+1)'(max);
  end

  npu_requant #(
    .AccWidth  ( AccWidth  ),
    .MultWidth ( MultWidth ),
    .ActWidth  ( ActWidth  ),
    .Rounding  ( Rounding  )
  ) u_requant (
    .clk_i          ( clk_i    ),
    .valid_i        ( valid_q  ),
    .later_i        ( later_q  ),
    .double_round_i ( double_q ),
    .acc_i          ( acc_q    ),
    .mult_i         ( mult_q   ),
    .shift_i        ( shift_q  ),
    .out_zp_i       ( zp_q     ),
    .act_min_i      ( min_q    ),
    .act_max_i      ( max_q    ),
    .data_o         ( data     )
  );

endmodule

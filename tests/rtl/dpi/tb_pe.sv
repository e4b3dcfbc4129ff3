// npu_pe with new operands every cycle; its sum goes on, or comes anew from a limit's
// neighbourhood.
module tb_pe #(
  parameter int Lanes           = 1,
  parameter int ActOpWidth      = 9,
  parameter int WeightOpWidth   = 8,
  parameter int ProductWidth    = 0,
  parameter int ProductDrop     = 0,
  parameter int ProductRounding = 0,
  parameter int ProductOverflow = 0,
  parameter int AccWidth        = 24,
  parameter int AccOverflow     = 0,
  parameter int AccWrapBits     = 0,
  parameter int SimWidth        = 0
) (
  input logic clk_i
);

  // Many small classes compile in a fraction of the time of one large one.
  /* verilator no_inline_module */

  localparam int CountWidth  = 3;
  localparam int ActStore    = (SimWidth > ActOpWidth) ? SimWidth : ActOpWidth;
  localparam int WeightStore = (SimWidth > WeightOpWidth) ? SimWidth : WeightOpWidth;
  localparam int AccStore    = (SimWidth > AccWidth) ? SimWidth : AccWidth;

  logic                         first_q = 1'b0, valid_q = 1'b0, clear_q = 1'b0;
  logic                         chain_q = 1'b0;
  logic [Lanes*ActStore-1:0]    act_q = '0;
  logic [Lanes*WeightStore-1:0] weight_q = '0;
  logic signed [AccStore-1:0]   init_q = '0, other_q = '0, sum;
  logic [CountWidth-1:0]        count_q = '0, count;

  always_ff @(posedge clk_i) begin
    for (int l = 0; l < Lanes; l++) begin
      act_q[l*ActStore +: ActStore] <= ActStore'(tb_pkg::fx_dpi_draw_operand(ActOpWidth, 1'b0));
      weight_q[l*WeightStore +: WeightStore] <=
          WeightStore'(tb_pkg::fx_dpi_draw_operand(WeightOpWidth, 1'b1));
    end
    init_q  <= AccStore'(tb_pkg::fx_dpi_draw_sum(AccWidth, AccOverflow));
    other_q <= AccStore'(tb_pkg::fx_dpi_draw_sum(AccWidth, AccOverflow));
    {first_q, valid_q, clear_q, chain_q, count_q} <= 7'(tb_pkg::fx_dpi_draw_flags());
  end

  npu_pe #(
    .Lanes           ( Lanes           ),
    .ActOpWidth      ( ActOpWidth      ),
    .WeightOpWidth   ( WeightOpWidth   ),
    .ProductWidth    ( ProductWidth    ),
    .ProductDrop     ( ProductDrop     ),
    .ProductRounding ( ProductRounding ),
    .ProductOverflow ( ProductOverflow ),
    .AccWidth        ( AccWidth        ),
    .AccOverflow     ( AccOverflow     ),
    .AccWrapBits     ( AccWrapBits     ),
    .SimWidth        ( SimWidth        ),
    .CountWidth      ( CountWidth      )
  ) u_pe (
    .clk_i    ( clk_i                   ),
    .first_i  ( first_q                 ),
    .valid_i  ( valid_q                 ),
    .clear_i  ( clear_q                 ),
    .act_i    ( act_q                   ),
    .weight_i ( weight_q                ),
    .init_i   ( init_q                  ),
    .sum_i    ( chain_q ? sum : other_q ),
    .count_i  ( count_q                 ),
    .sum_o    ( sum                     ),
    .count_o  ( count                   )
  );

endmodule

// The transposer's halves: a vector lands only where nothing waits or plays, rows of a half come
// in order, and only a complete half is played. Bound to npu_transposer in simulation.
module npu_transposer_sva #(
  parameter int RowWidth = 2
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                clear,
  input logic                vec_valid,
  input logic                vec_last,
  input logic [RowWidth-1:0] vec_row,
  input logic                play,
  input logic [1:0]          ready,
  input logic                land_half,
  input logic                play_half,
  input logic                fill_end,
  input logic                may_fill
);

  logic                alive, alive_q;
  logic [RowWidth-1:0] row_q;

  // An abort is a reset while the clock goes on: what the rules remember is then of before.
  assign alive = alive_q && rst_ni;

  always_ff @(posedge clk_i) begin
    alive_q <= rst_ni;
    if (!rst_ni || clear) row_q <= '0;
    else if (vec_valid) row_q <= vec_last ? '0 : vec_row + 1'b1;
  end

  os_half_whole: assert property (@(posedge clk_i) !(alive && play) || ready[play_half]);
  os_half_unread: assert property (@(posedge clk_i) !(alive && vec_valid) || !ready[land_half]);
  os_rows_in_order: assert property (@(posedge clk_i) !(alive && vec_valid) || (vec_row == row_q));
  os_fill_allowed: assert property (@(posedge clk_i) !(alive && fill_end) || may_fill);
  os_no_x: assert property (@(posedge clk_i) !alive || !$isunknown({vec_valid, play, ready}));

endmodule

bind npu_transposer npu_transposer_sva #(
  .RowWidth ( RowWidth )
) u_sva (
  .clk_i     ( clk_i       ),
  .rst_ni    ( rst_ni      ),
  .clear     ( clear_i     ),
  .vec_valid ( vec_valid_i ),
  .vec_last  ( vec_last_i  ),
  .vec_row   ( vec_row_i   ),
  .play      ( play_i      ),
  .ready     ( ready_q     ),
  .land_half ( land_q      ),
  .play_half ( play_q      ),
  .fill_end  ( fill_end_i  ),
  .may_fill  ( free_o      )
);

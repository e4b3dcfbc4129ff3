// The engine's results: a tile's sums are not captured over those of the tile before that still
// wait to leave, the last result is the end, and the ROMs are read for a check only while nothing
// runs. Bound to npu_engine in simulation.
module npu_engine_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic start,
  input logic busy,
  input logic done,
  input logic capture,  // output stationary: sums go to the copies
  input logic waiting,  // copies that have not left
  input logic result,
  input logic emit,     // a sum is offered to the requantizers
  input logic rom_re
);

  logic       alive, alive_q;
  logic [4:0] emit_q;   // on its way; the requantizers take four cycles

  // An abort is a reset while the clock goes on: what the rules remember is then of before.
  assign alive = alive_q && rst_ni;

  always_ff @(posedge clk_i) begin
    alive_q <= rst_ni;
    emit_q  <= rst_ni ? {emit_q[3:0], emit} : '0;
  end

  engine_sums_kept: assert property (@(posedge clk_i) !alive || !(capture && waiting));
  engine_result_of_sum: assert property (@(posedge clk_i) !alive || (result == emit_q[4]));
  engine_result_runs: assert property (@(posedge clk_i) !(alive && result) || busy);
  engine_done_last: assert property (@(posedge clk_i) !(alive && done) ||
                                     (result && (emit_q[3:0] == '0) && !emit));
  engine_start_idle: assert property (@(posedge clk_i) !(alive && start) || !busy);
  engine_rom_idle: assert property (@(posedge clk_i) !(alive && rom_re) || !(busy || start));
  engine_no_x: assert property (@(posedge clk_i) !alive ||
                                !$isunknown({busy, done, result, emit}));

endmodule

bind npu_engine npu_engine_sva u_sva (
  .clk_i   ( clk_i        ),
  .rst_ni  ( rst_ni       ),
  .start   ( start_i      ),
  .busy    ( busy_q       ),
  .done    ( done_o       ),
  .capture ( sums_capture ),
  .waiting ( sums_waiting ),
  .result  ( out_valid_o  ),
  .emit    ( emit         ),
  .rom_re  ( rom_re_i     )
);

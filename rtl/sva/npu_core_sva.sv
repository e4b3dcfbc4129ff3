// Who may touch what: one reader of the activation memory at a time, the host only while the core
// is idle, results only while a layer runs, every vector once and in order. Bound to npu_core in
// simulation.
module npu_core_sva #(
  parameter int PosWidth   = 16,
  parameter int CtileWidth = 8,
  parameter int CountWidth = 3,
  parameter int Cols       = 4
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  busy,
  input logic                  start,
  input logic                  vector,
  input logic                  gather_re,
  input logic                  taps_re,
  input logic                  host_re,
  input logic                  host_we,
  input logic                  request,
  input logic                  tap,
  input logic                  engine_busy,
  input logic                  result,
  input logic [PosWidth-1:0]   pos,
  input logic [CtileWidth-1:0] ctile,
  input logic [CountWidth-1:0] count,
  input logic [PosWidth-1:0]   positions,
  input logic                  irq
);

  logic                  alive_q;
  logic [PosWidth-1:0]   pos_q;
  logic [CtileWidth-1:0] ctile_q;

  always_ff @(posedge clk_i) begin
    alive_q <= rst_ni;
    if (start) begin
      pos_q   <= '0;
      ctile_q <= '0;
    end else if (result) begin
      pos_q   <= (pos_q == positions - 1'b1) ? '0 : pos_q + 1'b1;
      ctile_q <= (pos_q == positions - 1'b1) ? ctile_q + 1'b1 : ctile_q;
    end
  end

  core_one_reader: assert property (@(posedge clk_i) !alive_q ||
                                    $onehot0({gather_re, taps_re, host_re}));
  core_host_idle: assert property (@(posedge clk_i) !(alive_q && busy) || !(host_re || host_we));
  core_result_runs: assert property (@(posedge clk_i) !(alive_q && result) || (busy && engine_busy));
  core_result_order: assert property (@(posedge clk_i) !(alive_q && result) ||
                                      ((pos == pos_q) && (ctile == ctile_q)));
  core_result_count: assert property (@(posedge clk_i) !(alive_q && result) ||
                                      ((count != '0) && (32'(count) <= Cols)));
  core_one_unit: assert property (@(posedge clk_i) !alive_q || !(request && tap));
  core_right_unit: assert property (@(posedge clk_i) !alive_q ||
                                    (!(request && vector) && !(tap && !vector)));
  core_no_x: assert property (@(posedge clk_i) !alive_q || !$isunknown({busy, result, request, irq}));

endmodule

bind npu_core npu_core_sva #(
  .PosWidth   ( PosWidth   ),
  .CtileWidth ( CtileWidth ),
  .CountWidth ( CountWidth ),
  .Cols       ( Cols       )
) u_sva (
  .clk_i       ( clk_i        ),
  .rst_ni      ( rst_ni       ),
  .busy        ( busy         ),
  .start       ( layer_start  ),
  .vector      ( vector       ),
  .gather_re   ( gather_re    ),
  .taps_re     ( taps_re      ),
  .host_re     ( host_re      ),
  .host_we     ( host_we      ),
  .request     ( request      ),
  .tap         ( tap_valid    ),
  .engine_busy ( engine_busy  ),
  .result      ( result       ),
  .pos         ( result_pos   ),
  .ctile       ( result_ctile ),
  .count       ( result_count ),
  .positions   ( positions    ),
  .irq         ( irq_o        )
);

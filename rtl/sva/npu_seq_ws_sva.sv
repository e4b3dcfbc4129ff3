// Weight-stationary sequencing: no accumulator slot is written twice in a pass, none is read
// before its sum of the pass before has come back, and no row's weights are replaced while a
// position is on its way. Bound to npu_seq_ws in simulation.
module npu_seq_ws_sva #(
  parameter int Rows         = 4,
  parameter int AccDepth     = 256,
  parameter int AccAddrWidth = 8
) (
  input logic                    clk_i,
  input logic                    rst_ni,
  input logic [Rows-1:0]         load,
  input logic                    ready,
  input logic                    want,
  input logic                    request,
  input logic [AccAddrWidth-1:0] slot,
  input logic                    first,
  input logic                    last_slot
);

  logic                    alive, alive_q, due_q, begun_q;
  logic [AccAddrWidth-1:0] next_q;           // slot that follows
  logic [31:0]             now_q;
  logic [31:0]             when_q [AccDepth];  // a slot was requested
  logic [31:0]             since_q;            // from a slot's request to the one before
  logic                    request_q, first_q;

  // An abort is a reset while the clock goes on: what the rules remember is then of before.
  assign alive = alive_q && rst_ni;

  always_ff @(posedge clk_i) begin
    alive_q <= rst_ni;
    now_q   <= rst_ni ? now_q + 32'd1 : '0;
    due_q   <= rst_ni && want && ready;
    if (!rst_ni) begin
      next_q  <= '0;
      begun_q <= 1'b0;
    end else if (request) begin
      next_q       <= last_slot ? '0 : slot + 1'b1;
      when_q[slot] <= now_q;
      begun_q      <= 1'b1;
    end
    request_q <= rst_ni && request;
    first_q   <= first;
    since_q   <= now_q - when_q[slot];
  end

  ws_request_follows: assert property (@(posedge clk_i) !alive || (request == due_q));
  ws_slot_once: assert property (@(posedge clk_i) !(alive && request) || (slot == next_q));
  ws_slot_returned: assert property (@(posedge clk_i) !(alive && request_q && !first_q) ||
                                     (since_q >= 32'(Rows + 2)));
  ws_load_one: assert property (@(posedge clk_i) !alive || $onehot0(load));
  // Row 0 is loaded at the begin of a pass only: the request before was its last.
  ws_load_after: assert property (@(posedge clk_i) !(alive && load[0] && begun_q) ||
                                  (next_q == '0) || (request && last_slot));
  ws_no_x: assert property (@(posedge clk_i) !alive || !$isunknown({load, want, request}));

endmodule

bind npu_seq_ws npu_seq_ws_sva #(
  .Rows         ( Rows         ),
  .AccDepth     ( AccDepth     ),
  .AccAddrWidth ( AccAddrWidth )
) u_sva (
  .clk_i     ( clk_i       ),
  .rst_ni    ( rst_ni      ),
  .load      ( load_o      ),
  .ready     ( act_ready_i ),
  .want      ( act_want_o  ),
  .request   ( act_req_o   ),
  .slot      ( act_slot_o  ),
  .first     ( act_first_o ),
  .last_slot ( act_end_o   )
);

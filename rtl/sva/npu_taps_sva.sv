// Every read of the vector unit lies in the memory, by the address before it is cut to the memory's
// width. Bound to npu_taps in simulation.
module npu_taps_sva #(
  parameter int ElemWidth = 14,
  parameter int SpanWidth = 20
) (
  input logic                        clk_i,
  input logic                        rst_ni,
  input logic                        re,
  input logic signed [SpanWidth-1:0] window,   // the window's first tap
  input logic signed [SpanWidth-1:0] tap,      // against it
  input logic signed [SpanWidth-1:0] channel
);

  logic                        alive, alive_q;
  logic signed [SpanWidth-1:0] addr;

  assign addr = window + tap + channel;

  // An abort is a reset while the clock goes on: what the rules remember is then of before.
  assign alive = alive_q && rst_ni;

  always_ff @(posedge clk_i) alive_q <= rst_ni;

  taps_read_inside: assert property (@(posedge clk_i) !(alive && re) ||
                                     (addr[SpanWidth-1:ElemWidth] == '0));

endmodule

bind npu_taps npu_taps_sva #(
  .ElemWidth ( ElemWidth ),
  .SpanWidth ( SpanWidth )
) u_sva (
  .clk_i   ( clk_i      ),
  .rst_ni  ( rst_ni     ),
  .re      ( re_o       ),
  .window  ( addr_q     ),
  .tap     ( tap_addr_q ),
  .channel ( channel_q  )
);

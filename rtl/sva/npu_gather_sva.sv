// Every read of the gather lies in the memory, by the address before it is cut to the memory's
// width. Bound to npu_gather in simulation.
module npu_gather_sva #(
  parameter int ElemWidth = 14,
  parameter int SpanWidth = 20
) (
  input logic                        clk_i,
  input logic                        rst_ni,
  input logic                        re,
  input logic signed [SpanWidth-1:0] addr
);

  logic alive, alive_q;

  // An abort is a reset while the clock goes on: what the rules remember is then of before.
  assign alive = alive_q && rst_ni;

  always_ff @(posedge clk_i) alive_q <= rst_ni;

  gather_read_inside: assert property (@(posedge clk_i) !(alive && re) ||
                                       (addr[SpanWidth-1:ElemWidth] == '0));

endmodule

bind npu_gather npu_gather_sva #(
  .ElemWidth ( ElemWidth ),
  .SpanWidth ( SpanWidth )
) u_sva (
  .clk_i  ( clk_i     ),
  .rst_ni ( rst_ni    ),
  .re     ( re_o      ),
  .addr   ( read_addr )
);

// The banks: reads and writes lie in the memory, and each element of a write goes to one bank, a
// cycle later, and no other bank is written. Where the memory's size is a power of two an address
// cannot lie outside: there npu_gather_sva and npu_taps_sva look at it before it is cut. Bound to
// npu_actmem in simulation.
module npu_actmem_sva #(
  parameter int Banks     = 16,
  parameter int Depth     = 1024,
  parameter int ElemWidth = 14
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 re,
  input logic [ElemWidth-1:0] raddr,
  input logic                 we,
  input logic [ElemWidth-1:0] waddr,
  input logic [Banks-1:0]     wmask,
  input logic [Banks-1:0]     store    // banks that are written in this cycle
);

  logic                 alive, alive_q;
  logic [31:0]          count_q, top;
  logic                 we_q;

  always_comb begin
    top = 32'(waddr);
    for (int i = 0; i < Banks; i++) begin
      if (wmask[i]) top = 32'(waddr) + 32'(i);
    end
  end

  // An abort is a reset while the clock goes on: what the rules remember is then of before.
  assign alive = alive_q && rst_ni;

  always_ff @(posedge clk_i) begin
    alive_q <= rst_ni;
    we_q    <= rst_ni && we;
    count_q <= 32'($countones(wmask));
  end

  bank_read_inside: assert property (@(posedge clk_i) !(alive && re) ||
                                     (32'(raddr) < 32'(Banks * Depth)));
  bank_write_inside: assert property (@(posedge clk_i) !(alive && we) ||
                                      (top < 32'(Banks * Depth)));
  bank_write_some: assert property (@(posedge clk_i) !(alive && we) || (wmask != '0));
  // Every element of a write reaches a bank of its own; no bank is written otherwise.
  bank_write_whole: assert property (@(posedge clk_i) !alive ||
                                     (32'($countones(store)) == (we_q ? count_q : 32'd0)));
  bank_no_x: assert property (@(posedge clk_i) !alive || !$isunknown({re, we, store}));

endmodule

bind npu_actmem npu_actmem_sva #(
  .Banks     ( Banks     ),
  .Depth     ( Depth     ),
  .ElemWidth ( ElemWidth )
) u_sva (
  .clk_i  ( clk_i   ),
  .rst_ni ( rst_ni  ),
  .re     ( re_i    ),
  .raddr  ( raddr_i ),
  .we     ( we_i    ),
  .waddr  ( waddr_i ),
  .wmask  ( wmask_i ),
  .store  ( wmask_q )
);

// Memory with one write and one read port. A read returns what stood there before this cycle's
// write; rdata_o comes one cycle after re_i and keeps. It is not initialised.
module npu_ram #(
  parameter int Width     = 32,
  parameter int Depth     = 256,
  parameter int AddrWidth = (Depth > 1) ? $clog2(Depth) : 1  // derived: do not set
) (
  input  logic                 clk_i,

  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Width-1:0]     wdata_i,

  input  logic                 re_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [Width-1:0]     rdata_o
);

  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] rdata_q;

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
    if (re_i) rdata_q <= mem[raddr_i];
  end

  assign rdata_o = rdata_q;

endmodule

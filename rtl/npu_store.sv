// Results to memory: the address of each vector (channel tile, position: the order in which they
// come) and how many of its columns are channels. It does not look at the codes.
module npu_store #(
  parameter int Cols      = 4,
  parameter int ElemWidth = 14,
  parameter int PosWidth  = 16,
  // derived: do not set
  parameter int CountWidth = $clog2(Cols + 1)
) (
  input  logic                  clk_i,

  input  logic                  start_i,
  input  logic                  next_i,           // a vector is stored in this cycle

  input  logic [ElemWidth-1:0]  cfg_out_addr_i,
  input  logic [15:0]           cfg_channels_i,
  input  logic [PosWidth-1:0]   cfg_positions_i,
  input  logic [PosWidth-1:0]   pos_i,            // of the vector

  output logic [ElemWidth-1:0]  addr_o,
  output logic [CountWidth-1:0] count_o
);

  logic [ElemWidth-1:0] addr_q, tile_q;
  logic [15:0]          left_q;
  logic                 last;

  assign last = (pos_i == cfg_positions_i - 1'b1);

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      addr_q <= cfg_out_addr_i;
      tile_q <= cfg_out_addr_i;
      left_q <= cfg_channels_i;
    end else if (next_i && last) begin
      addr_q <= tile_q + ElemWidth'(Cols);
      tile_q <= tile_q + ElemWidth'(Cols);
      left_q <= left_q - 16'(Cols);
    end else if (next_i) begin
      addr_q <= addr_q + ElemWidth'(cfg_channels_i);
    end
  end

  assign addr_o  = addr_q;
  assign count_o = (left_q < 16'(Cols)) ? CountWidth'(left_q) : CountWidth'(Cols);

endmodule

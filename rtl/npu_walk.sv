// The place of the output stream: position within channel tile, the order in which both
// dataflows emit. It counts vectors; it does not know when they come.
module npu_walk #(
  parameter int PosWidth   = 16,
  parameter int CtileWidth = 8
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  clear_i,
  input  logic                  next_i,      // leave this place

  input  logic [PosWidth-1:0]   positions_i,
  input  logic [CtileWidth-1:0] ctiles_i,

  output logic [PosWidth-1:0]   pos_o,
  output logic [CtileWidth-1:0] ctile_o,
  output logic                  pos_last_o,
  output logic                  last_o
);

  logic [PosWidth-1:0]   pos_d, pos_q;
  logic [CtileWidth-1:0] ctile_d, ctile_q;

  assign pos_last_o = (pos_q == positions_i - 1'b1);
  assign last_o     = pos_last_o && (ctile_q == ctiles_i - 1'b1);

  always_comb begin
    pos_d   = pos_q;
    ctile_d = ctile_q;
    if (clear_i) begin
      pos_d   = '0;
      ctile_d = '0;
    end else if (next_i) begin
      pos_d   = pos_last_o ? '0 : pos_q + 1'b1;
      ctile_d = pos_last_o ? ctile_q + 1'b1 : ctile_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pos_q   <= '0;
      ctile_q <= '0;
    end else begin
      pos_q   <= pos_d;
      ctile_q <= ctile_d;
    end
  end

  assign pos_o   = pos_q;
  assign ctile_o = ctile_q;

endmodule

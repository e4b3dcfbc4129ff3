// CRC-32 (IEEE 802.3, reflected, as zlib's crc32) over Units units of UnitWidth bits, lowest bit
// first: the first count_i units of data_i each cycle with valid_i. crc_o is finished.
module npu_crc #(
  parameter int Units      = 1,
  parameter int UnitWidth  = 32,
  // derived: do not set
  parameter int CountWidth = $clog2(Units + 1)
) (
  input  logic                       clk_i,

  input  logic                       clear_i,
  input  logic                       valid_i,
  input  logic [CountWidth-1:0]      count_i,

  input  logic [Units*UnitWidth-1:0] data_i,

  output logic [31:0]                crc_o
);

  // What the four lowest bits turn into, as they leave.
  localparam logic [511:0] Nibbles = {
    32'hbdbdf21c, 32'ha00ae278, 32'h86d3d2d4, 32'h9b64c2b0,
    32'hcb61b38c, 32'hd6d6a3e8, 32'hf00f9344, 32'hedb88320,
    32'h5005713c, 32'h4db26158, 32'h6b6b51f4, 32'h76dc4190,
    32'h26d930ac, 32'h3b6e20c8, 32'h1db71064, 32'h00000000
  };

  function automatic [31:0] unit(input [31:0] crc, input [UnitWidth-1:0] value);
    integer i;
    logic [3:0] low;
    unit = crc;
    for (i = 0; i < UnitWidth; i = i + 4) begin
      low  = unit[3:0] ^ value[i +: 4];
      unit = (unit >> 4) ^ Nibbles[{low, 5'd0} +: 32];
    end
  endfunction

  function automatic [31:0] units(input [31:0] crc, input [CountWidth-1:0] count,
                                  input [Units*UnitWidth-1:0] data);
    integer u;
    units = crc;
    for (u = 0; u < Units; u = u + 1) begin
      if (count > CountWidth'(u)) units = unit(units, data[u*UnitWidth +: UnitWidth]);
    end
  endfunction

  logic [31:0] crc_q;

  always_ff @(posedge clk_i) begin
    if (clear_i) crc_q <= '1;
    else if (valid_i) crc_q <= units(crc_q, count_i, data_i);
  end

  assign crc_o = ~crc_q;

endmodule
